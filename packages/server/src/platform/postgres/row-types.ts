// The room that reads PostgreSQL's values: money is bigint.
import { types, type CustomTypesConfig } from 'pg'

const bigint_oid = 20
const bigints_oid: number = 1016
const date_oid = 1082

// Money is bigint. A `date` has no time zone, so it stays the text it is.
export const getTypeParser: CustomTypesConfig['getTypeParser'] = (
  oid: number,
  format?: 'text' | 'binary',
) => {
  if (format !== 'binary' && oid === bigint_oid) return BigInt
  if (format !== 'binary' && oid === bigints_oid) return parseBigints
  if (format !== 'binary' && oid === date_oid) return String
  return types.getTypeParser(oid, format)
}

function parseBigints(text: string): (bigint | null)[] {
  const strings: (string | null)[] = types.getTypeParser(bigints_oid, 'text')(text)
  return strings.map((item) => (item === null ? null : BigInt(item)))
}
