/** Suspense: the shapes of its fields. */

import { Type } from 'typebox'
import { suspense_reasons } from '../../payments/providers/suspense.ts'

export const Because = Type.Enum([...suspense_reasons])
