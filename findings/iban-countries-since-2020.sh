#!/usr/bin/env bash
# npm iban 0.0.14 and npm validator 13.15.35 refuse valid IBANs of twelve countries that the registry lists; ibantools 4.5.4,
# PyPI python-stdnum 2.2 and schwifty 2026.10.1 accept all of them.
#
# What would go wrong: a payout to a bank in Honduras, Oman or the Falkland Islands is refused as "check digits are wrong",
# although form and check digits (ISO 7064, mod 97-10) are right. The two packages have a table of countries of their own
# that ends before these joined, and they answer "not valid" for a country that they do not know.
# Right: "country not known here" is another answer than "not valid"; the form comes from the registry's table, with its date.
set -euo pipefail
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT; cd "$work"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund iban@0.0.14 validator@13.15.35 ibantools@4.5.4
python3 -m venv venv
venv/bin/pip --quiet install python-stdnum==2.2 schwifty==2026.10.1

# Valid by form and by check digits; HN, OM and FK are the registry's own examples. EG is known to all and shows that the test can pass.
cat > ibans <<'LIST'
BI4210000100010000332045181
DJ2100010000000154000100186
FK88SC123456789012
HN88CABF00000000000250005469
LY83002048000020100120361
MN121234123456789123
NI45BAPR00000013000003558124
OM810180000001299123456
RU0304452522540817810538091310419
SD2129010501234001
SO211000001001000100141
YE15CBYE0001018861234567891234
EG380019000500000000263180002
LIST

cat > read.mjs <<'JS'
import { readFileSync } from 'node:fs'
import iban from 'iban'
import validator from 'validator'
import { isValidIBAN } from 'ibantools'
for (const one of readFileSync('ibans', 'utf8').trim().split('\n')) {
  // Check digits by ISO 7064, worked out here, so that nobody's table is believed.
  const digits = [...one.slice(4) + one.slice(0, 4)].map((c) => Number.parseInt(c, 36)).join('')
  console.log(one.slice(0, 2), BigInt(digits) % 97n === 1n, iban.isValid(one), validator.isIBAN(one), isValidIBAN(one))
}
JS
cat > read.py <<'PY'
from schwifty import IBAN
from stdnum import iban
for line in open('ibans'):
    one = line.strip()
    IBAN(one)  # raises where it is not valid
    print(one[:2], iban.is_valid(one))
PY

{ echo "country mod97 iban validator ibantools"; node read.mjs; } | tee seen-js
{ echo "country stdnum (schwifty raised nothing)"; venv/bin/python read.py; } | tee seen-py

test "$(grep -c ' true false false true$' seen-js)" = 12
grep -q '^EG true true true true$' seen-js
test "$(grep -c ' True$' seen-py)" = 13
echo "as stated: 12 valid IBANs refused by iban 0.0.14 and validator 13.15.35"
