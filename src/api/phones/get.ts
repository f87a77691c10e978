import { presentPhone } from '../../domain/present/phone.ts'
import { errors } from '../errors.ts'
import { operation } from '../operation.ts'

export const getPhone = operation<{ device_id: string }>({
  path: '/phones/get',
  async handle({ device_id }, call) {
    const phone = await call.services.store.get(call.workspaceId, 'phone', 'device_id', device_id)
    if (phone === undefined) throw errors.notFound('phone', { device_id })
    return { phone: presentPhone(phone) }
  },
})
