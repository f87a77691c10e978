import type { Operation } from '../operation.ts'
import { getBridge } from './get.ts'
import { listBridgesOperation } from './list.ts'

export const bridgeOperations: Operation[] = [getBridge, listBridgesOperation]
