import { accountByEmail } from '../../../store/users.ts'
import { operation } from '../../operation.ts'
import { consoleContract, TEXT } from '../contract.ts'
import { invitationOf } from './invitation.ts'

/** What whoever holds an invitation is asked into, and whether they choose a password or prove the one they have. */
export const getInvitation = operation<{ invitation_token: string }>({
  path: '/console/users/get_invitation',
  contract: consoleContract('anyone', 'invitation', ['invitation_token'], { invitation_token: TEXT }),
  async handle({ invitation_token }, call) {
    const { email_address, full_name, role, workspace_name, expires_at } = await invitationOf(
      call.services,
      invitation_token,
    )
    const account = await accountByEmail(call.services.store, email_address)
    const has_account = account !== undefined && account.password_hash !== null
    return { invitation: { email_address, full_name, role, workspace_name, expires_at, has_account } }
  },
})
