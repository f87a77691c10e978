import { errors } from '../../errors.ts'
import { operation } from '../../operation.ts'

/** No access system reports grants that were made elsewhere: every grant is managed. */
export const getUnmanagedAccessGrant = operation<{ access_grant_id: string }>({
  path: '/access_grants/unmanaged/get',
  handle({ access_grant_id }) {
    throw errors.notFound('access_grant', { access_grant_id })
  },
})
