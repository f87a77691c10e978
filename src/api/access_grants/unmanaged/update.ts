import { errors } from '../../errors.ts'
import { operation } from '../../operation.ts'

/** No access system reports grants that were made elsewhere, and one that is managed already is not found here. */
export const updateUnmanagedAccessGrant = operation<{ access_grant_id: string }>({
  path: '/access_grants/unmanaged/update',
  handle({ access_grant_id }) {
    throw errors.notFound('access_grant', { access_grant_id })
  },
})
