import { operation } from '../operation.ts'
import { requireMethod, showMethods } from './access.ts'

export const getAccessMethodOperation = operation<{ access_method_id: string }>({
  path: '/access_methods/get',
  async handle({ access_method_id }, call) {
    const [access_method] = await showMethods(call, [await requireMethod(call, access_method_id)])
    return { access_method }
  },
})
