/** Whose a credential is, by name: a look-up of its own. */
import { useAnswer } from '../../api/queries.ts'

export function HolderName({ acsUserId }: { acsUserId: string | undefined }) {
  const { data, error } = useAnswer('/acs/users/get', acsUserId === undefined ? null : { acs_user_id: acsUserId })
  if (acsUserId === undefined) return <>Nobody</>
  if (data === undefined) return <>{error === null ? '…' : 'Somebody whose name could not be loaded'}</>
  return <>{data.acs_user.display_name}</>
}
