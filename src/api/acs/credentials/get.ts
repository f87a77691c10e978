import { operation } from '../../operation.ts'
import { requireCredential, showCredential } from '../access.ts'

interface Params {
  acs_credential_id: string
}

export const getAcsCredentialOperation = operation<Params>({
  path: '/acs/credentials/get',
  async handle(params, call) {
    return { acs_credential: showCredential(call, await requireCredential(call, params.acs_credential_id)) }
  },
})

export const getUnmanagedAcsCredential = operation<Params>({
  path: '/acs/credentials/unmanaged/get',
  async handle(params, call) {
    return { acs_credential: showCredential(call, await requireCredential(call, params.acs_credential_id, false)) }
  },
})
