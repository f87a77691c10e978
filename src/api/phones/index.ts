import type { Operation } from '../operation.ts'
import { deactivatePhoneOperation } from './deactivate.ts'
import { getPhone } from './get.ts'
import { listPhonesOperation } from './list.ts'
import { createSandboxPhone } from './simulate/create_sandbox_phone.ts'

export const phoneOperations: Operation[] = [
  deactivatePhoneOperation,
  getPhone,
  listPhonesOperation,
  createSandboxPhone,
]
