/** Where each resource has its page. */

const system = (acsSystemId: string): string => `/access-systems/${acsSystemId}`

export const systemHref = (acsSystemId: string, tab = 'users'): string => `${system(acsSystemId)}/${tab}`

export const userHref = (user: { acs_system_id: string; acs_user_id: string }): string =>
  `${system(user.acs_system_id)}/users/${user.acs_user_id}`

export const groupHref = (group: { acs_system_id: string; acs_access_group_id: string }): string =>
  `${system(group.acs_system_id)}/access-groups/${group.acs_access_group_id}`

export const entranceHref = (entrance: { acs_system_id: string; acs_entrance_id: string }): string =>
  `${system(entrance.acs_system_id)}/entrances/${entrance.acs_entrance_id}`

export const credentialHref = (credential: { acs_system_id: string; acs_credential_id: string }): string =>
  `${system(credential.acs_system_id)}/credentials/${credential.acs_credential_id}`

export const personHref = (userIdentityId: string): string => `/people/${userIdentityId}`
export const grantHref = (accessGrantId: string): string => `/access-grants/${accessGrantId}`
export const spaceHref = (spaceId: string): string => `/spaces/${spaceId}`
export const deviceHref = (deviceId: string): string => `/devices/locks/${deviceId}`
