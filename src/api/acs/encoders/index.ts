import type { Operation } from '../../operation.ts'
import { encodeCredential } from './encode_credential.ts'
import { getAcsEncoderOperation } from './get.ts'
import { listAcsEncodersOperation } from './list.ts'
import { scanCredential } from './scan_credential.ts'
import { scanToAssignCredential } from './scan_to_assign_credential.ts'
import { nextCredentialEncodeWillFail } from './simulate/next_credential_encode_will_fail.ts'
import { nextCredentialEncodeWillSucceed } from './simulate/next_credential_encode_will_succeed.ts'
import { nextCredentialScanWillFail } from './simulate/next_credential_scan_will_fail.ts'
import { nextCredentialScanWillSucceed } from './simulate/next_credential_scan_will_succeed.ts'

export const acsEncoderOperations: readonly Operation[] = [
  encodeCredential,
  getAcsEncoderOperation,
  listAcsEncodersOperation,
  scanCredential,
  scanToAssignCredential,
  nextCredentialEncodeWillFail,
  nextCredentialEncodeWillSucceed,
  nextCredentialScanWillFail,
  nextCredentialScanWillSucceed,
]
