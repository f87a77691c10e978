import { presentPhone } from '../../domain/present/phone.ts'
import { listPhones, type PhoneFilters } from '../../store/phones.ts'
import { operation } from '../operation.ts'

export const listPhonesOperation = operation<PhoneFilters>({
  path: '/phones/list',
  async handle(params, call) {
    const phones = await listPhones(call.services.store, call.workspaceId, params)
    return { phones: phones.map(presentPhone) }
  },
})
