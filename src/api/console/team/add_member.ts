import { toIso } from '../../../clock.ts'
import { insertInvitation, insertMember, isKnownToOwner, roleIn, type Role } from '../../../store/team.ts'
import { accountByEmail } from '../../../store/users.ts'
import { errors } from '../../errors.ts'
import { operation } from '../../operation.ts'
import { refuseBlankKey } from '../../user_identities/access.ts'
import { consoleContract, EMAIL, signedIn, TEXT } from '../contract.ts'
import { refuseOthersThanOwners } from './access.ts'

/** How long an invitation is good (milliseconds). */
const GOOD_FOR_MS = 7 * 24 * 3_600_000

interface Params {
  email_address: string
  full_name?: string
  role?: Role
}

/**
 * Makes somebody a member. Whom the owner works with already is one at once; anybody else gets an address to open, with a
 * token in its fragment, which no server's log ever sees. Asked again, there is a new one, and the old is worth nothing.
 */
export const addMember = operation<Params>({
  path: '/console/team/add_member',
  contract: consoleContract('member', 'team_member', ['email_address'], {
    email_address: EMAIL,
    full_name: TEXT,
    role: { type: 'string', enum: ['owner', 'member'] },
  }),
  async handle({ email_address, full_name, role = 'member' }, call) {
    await refuseOthersThanOwners(call, 'add people to it')
    refuseBlankKey('full_name', full_name)
    const { services, workspaceId: workspace_id } = call
    const { store, ids, clock, publicUrl } = services
    const { userId } = signedIn(call)
    const nowMs = clock.now()
    const now = toIso(nowMs)
    const known = await accountByEmail(store, email_address)
    if (known !== undefined && (await roleIn(store, workspace_id, known.user_id)) !== undefined)
      throw errors.alreadyExists('team_member', 'This person works in the workspace already.', { email_address })
    // An account under an address is no proof of who has it: somebody may have made it by inviting themselves.
    if (known !== undefined && (await isKnownToOwner(store, userId, known.user_id))) {
      await insertMember(store, { workspace_id, user_id: known.user_id, role }, now)
      const { user_id, full_name } = known
      const team_member = { user_id, email_address, full_name, role, is_invitation_pending: false, joined_at: now }
      return { team_member, invitation_url: null }
    }
    const invitation = {
      workspace_id,
      user_id: ids.uuid(),
      email_address,
      full_name: full_name ?? null,
      role,
      expires_at: toIso(nowMs + GOOD_FOR_MS),
      invited_by_user_id: userId,
    }
    const token = ids.bytes(32).toString('base64url')
    const user_id = await insertInvitation(store, invitation, token, now)
    const team_member = {
      user_id,
      email_address,
      full_name: invitation.full_name,
      role,
      is_invitation_pending: true,
      joined_at: null,
    }
    return { team_member, invitation_url: `${publicUrl}/console#invitation=${token}` }
  },
})
