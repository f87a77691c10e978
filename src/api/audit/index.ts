import type { Operation } from '../operation.ts'
import { listAuditOperation } from './list.ts'

export const auditOperations: Operation[] = [listAuditOperation]
