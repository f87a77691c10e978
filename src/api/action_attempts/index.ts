import type { Operation } from '../operation.ts'
import { getActionAttemptOperation } from './get.ts'
import { listActionAttemptsOperation } from './list.ts'

export const actionAttemptOperations: Operation[] = [getActionAttemptOperation, listActionAttemptsOperation]
