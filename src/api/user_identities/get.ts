import { presentUserIdentity } from '../../domain/present/user-identity.ts'
import { operation } from '../operation.ts'
import { requireUserIdentity } from './access.ts'

interface Params {
  user_identity_id?: string
  user_identity_key?: string
  /** Not in the contract, but documented. */
  email_address?: string
}

export const getUserIdentityOperation = operation<Params>({
  path: '/user_identities/get',
  contract: {
    request: {
      type: 'object',
      properties: {
        user_identity_id: { type: 'string', format: 'uuid' },
        user_identity_key: { type: 'string' },
        email_address: { type: 'string', format: 'email' },
      },
      anyOf: [{ required: ['user_identity_id'] }, { required: ['user_identity_key'] }, { required: ['email_address'] }],
    },
  },
  async handle({ user_identity_id, user_identity_key, email_address }, call) {
    const identity = await requireUserIdentity(
      call,
      user_identity_id !== undefined
        ? { user_identity_id }
        : user_identity_key !== undefined
          ? { user_identity_key }
          : { email_address: email_address ?? '' },
    )
    return { user_identity: presentUserIdentity(identity, identity.acs_users) }
  },
})
