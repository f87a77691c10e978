import { operation } from '../operation.ts'
import { requireGrant, showGrants } from './access.ts'

interface Params {
  access_grant_id?: string
  access_grant_key?: string
}

export const getAccessGrantOperation = operation<Params>({
  path: '/access_grants/get',
  async handle({ access_grant_id, access_grant_key }, call) {
    const by = access_grant_id === undefined ? { access_grant_key: access_grant_key ?? '' } : { access_grant_id }
    const [access_grant] = await showGrants(call, [await requireGrant(call, by)])
    return { access_grant }
  },
})
