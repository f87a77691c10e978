import type { Operation } from '../operation.ts'
import { getEvent } from './get.ts'
import { listEventsOperation } from './list.ts'

export const eventOperations: Operation[] = [getEvent, listEventsOperation]
