import type { Operation } from '../../operation.ts'
import { getAcsUserOperation } from './get.ts'

export const acsUserOperations: readonly Operation[] = [getAcsUserOperation]
