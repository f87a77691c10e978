import type { Operation } from '../operation.ts'
import { createApiKey } from './api_keys/create.ts'
import { deleteApiKey } from './api_keys/delete.ts'
import { listApiKeys } from './api_keys/list.ts'
import { createPersonalAccessToken } from './personal_access_tokens/create.ts'
import { deletePersonalAccessToken } from './personal_access_tokens/delete.ts'
import { listPersonalAccessTokens } from './personal_access_tokens/list.ts'
import { createSession } from './sessions/create.ts'
import { deleteSession } from './sessions/delete.ts'
import { deleteAllSessions } from './sessions/delete_all.ts'
import { getSession } from './sessions/get.ts'
import { listSessions } from './sessions/list.ts'
import { addMember } from './team/add_member.ts'
import { listTeam } from './team/list.ts'
import { removeTeamMember } from './team/remove_member.ts'
import { acceptInvitation } from './users/accept_invitation.ts'
import { changePassword } from './users/change_password.ts'
import { getInvitation } from './users/get_invitation.ts'
import { getUser } from './users/get.ts'
import { updateUser } from './users/update.ts'

/** What the console's own pages call beside the public API. */
export const consoleOperations: Operation[] = [
  createSession,
  getSession,
  listSessions,
  deleteSession,
  deleteAllSessions,
  getUser,
  updateUser,
  changePassword,
  getInvitation,
  acceptInvitation,
  listTeam,
  addMember,
  removeTeamMember,
  listApiKeys,
  createApiKey,
  deleteApiKey,
  listPersonalAccessTokens,
  createPersonalAccessToken,
  deletePersonalAccessToken,
]
