// The harness room of uploads: small files that are what they say, and the forms that carry them.
import type { Asking } from './engine.ts'

const chunk = (name: string, data: string, crc: string) => {
  const length = Buffer.alloc(4)
  length.writeUInt32BE(data.length / 2)
  return Buffer.concat([length, Buffer.from(name), Buffer.from(data + crc, 'hex')])
}

/** One pixel, black. */
export const png = Buffer.concat([
  Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'),
  chunk('IHDR', '00000001000000010100000000', '376ef924'),
  chunk('IDAT', '789c6360000000020001', '48afa471'),
  chunk('IEND', '', 'ae426082'),
])
/** As a camera writes it: a small picture in the segment before the picture. */
export const jpeg = Buffer.from('ffd8ffe1000affd8ffd9ffd90000ffda00021234ffd9', 'hex')
export const webp = Buffer.concat([Buffer.from('RIFF'), Buffer.from([8, 0, 0, 0]), Buffer.from('WEBPVP8 ')])
export const pdf = Buffer.from('%PDF-1.7\n1 0 obj <<>> endobj\ntrailer <<>>\n%%EOF\n')

/** Different from all others, and a whole picture. */
export function pngWith(words: string): Buffer {
  return Buffer.concat([png, Buffer.from(words)])
}

const boundary = 'a-line-between'

export interface Part {
  readonly content: Buffer | string
  readonly field?: string
  /** Null: not a file. */
  readonly filename?: string | null
  readonly type?: string
}

/** For engine.ask(): a POST with a form of these parts. */
export function form(...parts: readonly Part[]): Asking {
  const lines = parts.flatMap(({ content, field = 'file', filename = 'photo.png', type = 'image/png' }) => [
    `--${boundary}\r\nContent-Disposition: form-data; name="${field}"`,
    filename === null ? '\r\n\r\n' : `; filename="${filename}"\r\nContent-Type: ${type}\r\n\r\n`,
    content,
    '\r\n',
  ])
  const body = Buffer.concat([...lines, `--${boundary}--\r\n`].map((line) => Buffer.from(line as string)))
  return { body, headers: { 'content-type': `multipart/form-data; boundary=${boundary}` } }
}
