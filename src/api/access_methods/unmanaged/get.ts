import { errors } from '../../errors.ts'
import { operation } from '../../operation.ts'

/** No access system reports access methods that were made elsewhere: every one is managed. */
export const getUnmanagedAccessMethod = operation<{ access_method_id: string }>({
  path: '/access_methods/unmanaged/get',
  handle({ access_method_id }) {
    throw errors.notFound('access_method', { access_method_id })
  },
})
