import { isValid, storedMetadata } from '../../../domain/present/acs-credential.ts'
import { listAcsCredentials } from '../../../store/acs-credentials.ts'
import { getAcsEntrance } from '../../../store/acs-entrances.ts'
import { errors } from '../../errors.ts'
import { operation } from '../../operation.ts'
import { definitionOf, everything, scopeOf, showCredential } from '../access.ts'

interface Params {
  acs_entrance_id: string
  /** `<metadata key>.is_valid`: leaves out what its system has ended (overridden, discarded, overwritten). */
  include_if?: string[]
}

export const listCredentialsWithAccess = operation<Params>({
  path: '/acs/entrances/list_credentials_with_access',
  async handle({ acs_entrance_id, include_if }, call) {
    const { store } = call.services
    const scope = scopeOf(call)
    const entrance = await getAcsEntrance(store, call.workspaceId, acs_entrance_id, scope)
    if (entrance === undefined) throw errors.notFound('acs_entrance', { acs_entrance_id })
    const filters = { scope, is_managed: true, opens_acs_entrance_id: acs_entrance_id }
    const credentials = await listAcsCredentials(store, call.workspaceId, filters, everything('acs_credential_id'))
    const conditions = include_if ?? []
    const shown = credentials.filter((credential) => {
      const definition = definitionOf(call, credential.provider)
      return conditions.every((condition) => {
        const [key, field] = condition.split('.')
        return key === definition.metadataKey && field === 'is_valid' && isValid(storedMetadata(credential, definition))
      })
    })
    return { acs_credentials: shown.map((credential) => showCredential(call, credential)) }
  },
})
