// The port's suite on PayMongo, on the emulator.
import { openPaymongoBench } from './paymongo-bench.ts'
import { examine } from './suite.ts'

examine('PayMongo', openPaymongoBench, {
  finds_no_unanswered_pay_in:
    'PayMongo has no list of checkout sessions; the same token brings the same session',
})
