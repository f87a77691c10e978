/** Picking the rows out of answers, as constants: `useList` reads again when the function changes. */
import type {
  AcsAccessGroup,
  AcsCredential,
  AcsEncoder,
  AcsEntrance,
  AcsUser,
  Answer,
  UserIdentity,
} from '../../api/routes.ts'

export const usersOf = (answer: Answer<'/acs/users/list'>): AcsUser[] => answer.acs_users
export const membersOf = (answer: Answer<'/acs/access_groups/list_users'>): AcsUser[] => answer.acs_users
export const groupsOf = (answer: Answer<'/acs/access_groups/list'>): AcsAccessGroup[] => answer.acs_access_groups
export const entrancesOf = (answer: { acs_entrances: unknown[] }): AcsEntrance[] =>
  answer.acs_entrances as AcsEntrance[]
export const credentialsOf = (answer: { acs_credentials: unknown[] }): AcsCredential[] =>
  answer.acs_credentials as AcsCredential[]
export const encodersOf = (answer: Answer<'/acs/encoders/list'>): AcsEncoder[] => answer.acs_encoders
export const identitiesOf = (answer: Answer<'/user_identities/list'>): UserIdentity[] => answer.user_identities

/** `{ search }` where there is one to search for. */
export const searched = (search: string): { search?: string } => (search === '' ? {} : { search })
