import { toIso } from '../../../clock.ts'
import { takeInvitation } from '../../../store/team.ts'
import { accountByEmail } from '../../../store/users.ts'
import { errors } from '../../errors.ts'
import { addressOf } from '../../limits.ts'
import { operation } from '../../operation.ts'
import { refuseBlankKey } from '../../user_identities/access.ts'
import { consoleContract, PASSWORD, TEXT } from '../contract.ts'
import { beginSession, refuseSignInFromElsewhere } from '../sessions/begin.ts'
import { hashOf, invalidLogin, refuseWeakPassword } from '../sign-in.ts'
import { withOwnAddress } from './account.ts'
import { invitationGone, invitationOf } from './invitation.ts'

/**
 * Takes up an invitation, once, and signs in. Whoever has no account yet gets one, with the name and password given;
 * whoever has one proves it with its password. (An account under one's address that somebody else made, being invited to
 * a workspace of theirs, thus gets nowhere.)
 */
export const acceptInvitation = operation<{ invitation_token: string; full_name?: string; password: string }>({
  path: '/console/users/accept_invitation',
  contract: consoleContract('anyone', 'console_session', ['invitation_token', 'password'], {
    invitation_token: TEXT,
    full_name: TEXT,
    password: PASSWORD,
  }),
  async handle({ invitation_token, full_name, password }, call) {
    refuseSignInFromElsewhere(call)
    refuseBlankKey('full_name', full_name)
    const { services } = call
    const { store, passwords, clock } = services
    const invitation = await invitationOf(services, invitation_token)
    const { email_address } = invitation
    const known = await accountByEmail(store, email_address)
    const take = (userId: string, made: Parameters<typeof takeInvitation>[3]): Promise<boolean> =>
      takeInvitation(store, invitation_token, userId, made, toIso(clock.now()))
    if (known !== undefined) {
      const attempt = { emailAddress: email_address, address: addressOf(call.address, call.headers) }
      if (!(await passwords.check(known, password, attempt))) throw invalidLogin()
      if (!(await take(known.user_id, null))) throw invitationGone()
      return { console_session: await beginSession(call, known) }
    }
    const name = full_name ?? invitation.full_name
    if (name === null) throw errors.invalidField('full_name', 'Required')
    refuseWeakPassword('password', password, email_address)
    const made = { full_name: name, password_hash: await hashOf(password) }
    if (!(await withOwnAddress(email_address, () => take(invitation.user_id, made)))) throw invitationGone()
    const user = { user_id: invitation.user_id, email_address, full_name: name }
    return { console_session: await beginSession(call, user) }
  },
})
