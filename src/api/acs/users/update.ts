import type { AcsUserWish } from '../../../domain/acs-users/acs-user.ts'
import { ChangeSet } from '../../../domain/changes.ts'
import { tidyPhoneNumber } from '../../../domain/user-identities/user-identity.ts'
import { operation } from '../../operation.ts'
import { definitionOf, requireLivingUser, showUser, userKey, type UserParams } from '../access.ts'
import { changeAccess } from '../changes.ts'
import { emailOf, refuseBlankName, scheduleOf } from './contact.ts'

interface Params extends UserParams {
  full_name?: string
  email?: string
  email_address?: string
  phone_number?: string
  /** null takes the user's schedule away. */
  access_schedule?: { starts_at: string; ends_at: string } | null
}

export const updateAcsUser = operation<Params>({
  path: '/acs/users/update',
  async handle(params, call) {
    const key = userKey(params)
    if (params.full_name !== undefined) refuseBlankName(params.full_name)
    const email = emailOf(params)
    const acsUserId = await call.decide(async () => {
      const user = await requireLivingUser(call, key)
      const definition = definitionOf(call, user.provider)
      const schedule = params.access_schedule
      const wish: AcsUserWish = {
        ...(params.full_name === undefined ? {} : { full_name: params.full_name.trim() }),
        ...(email === undefined ? {} : { email_address: email }),
        ...(params.phone_number === undefined ? {} : { phone_number: tidyPhoneNumber(params.phone_number) ?? null }),
        ...(schedule === undefined
          ? {}
          : schedule === null
            ? { access_starts_at: null, access_ends_at: null }
            : scheduleOf(call, schedule, definition)),
      }
      const changes = new ChangeSet()
      await changeAccess(call, changes, definition, [{ user, wish }])
      return { changes, result: user.acs_user_id }
    })
    return { acs_user: await showUser(call, acsUserId) }
  },
})
