import { presentAcsEntrance } from '../../domain/present/acs-entrance.ts'
import { presentAcsSystem } from '../../domain/present/acs-system.ts'
import { presentConnectedAccount } from '../../domain/present/connected-account.ts'
import { presentSpace } from '../../domain/present/space.ts'
import { presentUserIdentity } from '../../domain/present/user-identity.ts'
import { groupsOfGrants, listAccessGrants, methodsOfGrants } from '../../store/access-grants.ts'
import { listAcsAccessGroups } from '../../store/acs-access-groups.ts'
import { listAcsEntrances } from '../../store/acs-entrances.ts'
import { listAcsSystems } from '../../store/acs-systems.ts'
import { getSpaces } from '../../store/spaces.ts'
import { getUserIdentities } from '../../store/user-identities.ts'
import { showMethods } from '../access_methods/access.ts'
import { definitionOf, everything, showGroup } from '../acs/access.ts'
import { errors } from '../errors.ts'
import { operation, type Call } from '../operation.ts'
import { distinctIds } from '../people.ts'
import { gather, refuseNone, type RelatedParams } from '../related.ts'
import type { AccessGrantRecord } from '../../domain/records.ts'

interface Params extends RelatedParams {
  access_grant_ids?: string[]
  access_grant_keys?: string[]
}

const workspace = { kind: 'workspace' } as const

export const getRelatedToAccessGrants = operation<Params>({
  path: '/access_grants/get_related',
  async handle(params, call) {
    const { access_grant_ids, access_grant_keys } = params
    if (access_grant_ids === undefined && access_grant_keys === undefined) {
      throw errors.invalidInput({ path: [], message: 'Must specify `access_grant_ids` or `access_grant_keys`' })
    }
    const { store } = call.services
    const { workspaceId } = call
    const grants = await findGrants(call, distinctIds(access_grant_ids ?? []), access_grant_keys ?? [])
    refuseNone(grants, 'access_grant', {
      ...(access_grant_ids === undefined ? {} : { access_grant_ids }),
      ...(access_grant_keys === undefined ? {} : { access_grant_keys }),
    })
    const ids = grants.map((grant) => grant.access_grant_id)
    const doorIds = [...new Set(grants.flatMap((grant) => grant.door_ids))]
    const entrances = await listAcsEntrances(
      store,
      workspaceId,
      { scope: workspace, acs_entrance_ids: doorIds },
      everything('acs_entrance_id'),
    )
    const systemIds = [...new Set(entrances.map((entrance) => entrance.acs_system_id))]
    const accountIds = [...new Set(entrances.map((entrance) => entrance.connected_account_id))]
    const batch = await gather(params, {
      spaces: async () => {
        const space_ids = grants.flatMap((grant) => grant.space_ids)
        return (await getSpaces(store, workspaceId, { space_ids })).map(presentSpace)
      },
      devices: () => [],
      acs_entrances: () => entrances.map(presentAcsEntrance),
      connected_accounts: async () =>
        (await store.getMany(workspaceId, 'connected_account', 'connected_account_id', accountIds)).map(
          presentConnectedAccount,
        ),
      acs_systems: async () =>
        (await listAcsSystems(store, workspaceId, { scope: workspace, acs_system_ids: systemIds })).map((system) =>
          presentAcsSystem(system, definitionOf(call, system.provider), system),
        ),
      user_identities: async () => {
        const identities = await getUserIdentities(
          store,
          workspaceId,
          grants.map((grant) => grant.user_identity_id),
        )
        return identities.map((identity) => presentUserIdentity(identity, identity.acs_users))
      },
      acs_access_groups: async () => {
        const acs_access_group_ids = await groupsOfGrants(store, workspaceId, ids)
        const groups = await listAcsAccessGroups(store, workspaceId, {
          scope: workspace,
          is_managed: true,
          acs_access_group_ids,
        })
        return groups.map((group) => showGroup(call, group))
      },
      access_methods: async () => showMethods(call, await methodsOfGrants(store, workspaceId, ids)),
    })
    return { batch }
  },
})

/** The grants with these ids or keys; unknown ones are passed over. */
async function findGrants(call: Call, ids: string[], keys: string[]): Promise<AccessGrantRecord[]> {
  const { store } = call.services
  const [byId, ...byKey] = await Promise.all([
    listAccessGrants(store, call.workspaceId, { access_grant_ids: ids }, everything('access_grant_id')),
    ...keys.map((access_grant_key) =>
      listAccessGrants(store, call.workspaceId, { access_grant_key }, everything('access_grant_id')),
    ),
  ])
  return [...new Map([...byId, ...byKey.flat()].map((grant) => [grant.access_grant_id, grant])).values()]
}
