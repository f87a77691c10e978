import { presentAcsEntrance } from '../../domain/present/acs-entrance.ts'
import { presentClientSession } from '../../domain/present/client-session.ts'
import { presentInstantKey } from '../../domain/present/instant-key.ts'
import { presentSpace } from '../../domain/present/space.ts'
import { listAccessGrants } from '../../store/access-grants.ts'
import { listAccessMethods } from '../../store/access-methods.ts'
import { listAcsCredentials } from '../../store/acs-credentials.ts'
import { listAcsEntrances } from '../../store/acs-entrances.ts'
import { getSpaces } from '../../store/spaces.ts'
import { customerOf, showGrants } from '../access_grants/access.ts'
import { everything, showCredential } from '../acs/access.ts'
import { operation } from '../operation.ts'
import { distinctIds } from '../people.ts'
import { gather, refuseNone, type RelatedParams } from '../related.ts'
import { showMethods } from './access.ts'

interface Params extends RelatedParams {
  access_method_ids: string[]
}

const workspace = { kind: 'workspace' } as const

/** Doors are those that the methods really cover, which may be fewer than their grants name. */
export const getRelatedToAccessMethods = operation<Params>({
  path: '/access_methods/get_related',
  async handle(params, call) {
    const { store, sealer, publicUrl } = call.services
    const { workspaceId } = call
    const customer = customerOf(call)
    const methods = await listAccessMethods(
      store,
      workspaceId,
      {
        access_method_ids: distinctIds(params.access_method_ids),
        ...(customer === null ? {} : { customer_key: customer }),
      },
      everything('access_method_id'),
    )
    refuseNone(methods, 'access_method', { access_method_ids: params.access_method_ids })
    const ids = methods.map((method) => method.access_method_id)
    const grants = await listAccessGrants(
      store,
      workspaceId,
      { access_grant_ids: methods.flatMap((method) => method.access_grant_ids) },
      everything('access_grant_id'),
    )
    const doorIds = [...new Set(methods.flatMap((method) => method.acs_entrance_ids))]
    const batch = await gather(params, {
      spaces: async () => {
        const spaces = await getSpaces(store, workspaceId, { space_ids: grants.flatMap((grant) => grant.space_ids) })
        return spaces.filter((space) => space.acs_entrance_ids.some((id) => doorIds.includes(id))).map(presentSpace)
      },
      devices: () => [],
      acs_entrances: async () => {
        const filters = { scope: workspace, acs_entrance_ids: doorIds }
        const entrances = await listAcsEntrances(store, workspaceId, filters, everything('acs_entrance_id'))
        return entrances.map(presentAcsEntrance)
      },
      access_grants: () => showGrants(call, grants),
      access_methods: () => showMethods(call, methods),
      instant_keys: async () =>
        (await store.getMany(workspaceId, 'instant_key', 'access_method_id', ids)).map((key) =>
          presentInstantKey(key, publicUrl),
        ),
      client_sessions: async () => {
        const sessionIds = methods.flatMap((method) => method.client_session_id ?? [])
        const sessions = await store.getMany(workspaceId, 'client_session', 'client_session_id', sessionIds)
        return sessions.map((session) => presentClientSession(session, sealer.open(session.token_sealed)))
      },
      acs_credentials: async () => {
        const filters = { scope: workspace, access_method_ids: ids }
        const credentials = await listAcsCredentials(store, workspaceId, filters, everything('acs_credential_id'))
        return credentials.map((credential) => showCredential(call, credential))
      },
    })
    return { batch }
  },
})
