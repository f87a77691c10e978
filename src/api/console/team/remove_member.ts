import { ConstraintViolation } from '../../../store/store.ts'
import { removeMember } from '../../../store/team.ts'
import { ApiError } from '../../errors.ts'
import { operation } from '../../operation.ts'
import { consoleContract, ID, signedIn } from '../contract.ts'
import { refuseOthersThanOwners } from './access.ts'

/** Takes somebody out of the team, or their invitation back; anybody may leave. The last owner stays. */
export const removeTeamMember = operation<{ user_id: string }>({
  path: '/console/team/remove_member',
  contract: consoleContract('member', null, ['user_id'], { user_id: ID }),
  async handle(params, call) {
    const userId = params.user_id.toLowerCase()
    if (userId !== signedIn(call).userId) await refuseOthersThanOwners(call, 'remove people from it')
    try {
      if (await removeMember(call.services.store, call.workspaceId, userId)) return
    } catch (error) {
      if (!(error instanceof ConstraintViolation) || error.constraint !== 'workspace_keeps_an_owner') throw error
      throw new ApiError(
        409,
        'last_owner',
        'This is the last owner of the workspace: make somebody else an owner first.',
        { data: { user_id: userId } },
      )
    }
    throw new ApiError(
      404,
      'team_member_not_found',
      'Nobody in this team has this user_id. /console/team/list shows who works here.',
      { data: { user_id: userId } },
    )
  },
})
