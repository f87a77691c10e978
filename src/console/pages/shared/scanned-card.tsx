/** What a card says that was read: whose it is, for which stay and until when it opens, and whether it holds what it should. */
import type { ReactNode } from 'react'
import { useAnswer } from '../../api/queries.ts'
import type { AccessGrant, AcsCredential, AcsEntrance } from '../../api/routes.ts'
import { DateTime } from '../../kit/date-time.tsx'
import { Facts } from '../../kit/page.tsx'
import { Notice } from '../../kit/problem.tsx'
import { StatusPill } from '../../kit/status-pill.tsx'
import { HolderName } from './holder-name.tsx'
import { RevokeCard } from './revoke-card.tsx'

/** Some of a provider's `..._metadata`, on the card and on its credential. */
interface VendorFacts {
  card_id?: string
  guest_acs_entrance_ids?: string[]
}

interface CardOnEncoder {
  card_number?: string | null
  is_issued?: boolean | null
  starts_at?: string | null
  ends_at?: string | null
}

type KnownCard = Partial<
  Pick<AcsCredential, 'acs_credential_id' | 'acs_system_id' | 'acs_user_id' | 'starts_at' | 'ends_at'>
>

/** `result` of a SCAN_CREDENTIAL attempt. */
interface ScanResult {
  acs_credential_on_encoder?: CardOnEncoder | null
  acs_credential_on_seam?: KnownCard | null
  warnings?: { warning_code: string; warning_message?: string; message?: string }[]
}

export function ScannedCard({ result }: { result: ScanResult }) {
  const on = result.acs_credential_on_encoder
  const known = result.acs_credential_on_seam ?? undefined
  const warnings = result.warnings ?? []
  if (on === undefined || on === null)
    return (
      <Notice tone="info" title="This card is blank">
        Nothing is written on it.
      </Notice>
    )
  const serial = vendorFacts(on).card_id
  return (
    <>
      <Facts
        facts={
          [
            ['Status', (on.is_issued ?? false) ? 'Issued' : 'Not issued'],
            [
              'Issued to',
              known === undefined ? (
                'Nobody that Lockstitch knows'
              ) : (
                <HolderName key="holder" acsUserId={known.acs_user_id} />
              ),
            ],
            ['Guest room', known === undefined ? null : <GuestRoom key="room" card={on} known={known} />],
            ['Reservation #', known === undefined ? null : <Reservation key="reservation" known={known} />],
            ['Starts', <DateTime key="starts" at={on.starts_at} none="At once" />],
            ['Ends', <DateTime key="ends" at={on.ends_at} none="Never" />],
            ['Sync status', <SyncPill key="sync" isKnown={known !== undefined} warnings={warnings.length} />],
            ['Card number', on.card_number == null ? null : <code key="number">{on.card_number}</code>],
            ['Serial number', serial === undefined ? null : <code key="serial">{serial}</code>],
          ] satisfies [string, ReactNode][]
        }
      />
      {warnings.map((warning) => (
        <Notice key={warning.warning_code} tone="warn" title={titleOf(warning.warning_code)}>
          <p>{warning.warning_message ?? warning.message}</p>
        </Notice>
      ))}
      {known?.acs_credential_id !== undefined && <RevokeCard acsCredentialId={known.acs_credential_id} />}
    </>
  )
}

/**
 * The doors that are the guest's own: a provider that tells them from common doors says so on the card; of the others,
 * every door of the credential.
 */
function GuestRoom({ card, known }: { card: CardOnEncoder; known: KnownCard }) {
  const { acs_credential_id } = known
  const { data, error } = useAnswer(
    '/acs/credentials/list_accessible_entrances',
    acs_credential_id === undefined ? null : { acs_credential_id },
  )
  if (data === undefined) return <>{error === null ? '…' : 'Could not be loaded'}</>
  const doors = data.acs_entrances as AcsEntrance[]
  const own = vendorFacts(card).guest_acs_entrance_ids ?? vendorFacts(known).guest_acs_entrance_ids ?? []
  const rooms = doors.filter((door) => own.includes(door.acs_entrance_id))
  const names = (rooms.length > 0 ? rooms : doors).map((door) => door.display_name)
  return <>{names.length === 0 ? 'None' : names.join(', ')}</>
}

/** The stay: of the holder's grants at this system, those with the times of the credential. */
function Reservation({ known }: { known: KnownCard }) {
  const { acs_user_id, acs_system_id, starts_at, ends_at } = known
  const user = useAnswer('/acs/users/get', acs_user_id === undefined ? null : { acs_user_id }).data?.acs_user
  const user_identity_id = user?.user_identity_id
  const { data } = useAnswer(
    '/access_grants/list',
    user_identity_id === undefined || acs_system_id === undefined ? null : { acs_system_id, user_identity_id },
  )
  const grants = (data?.access_grants ?? []) as AccessGrant[]
  const ofThisStay = grants.filter(
    (grant) => isSameInstant(grant.starts_at, starts_at) && isSameInstant(grant.ends_at, ends_at),
  )
  const keys = new Set(ofThisStay.flatMap(({ reservation_key }) => reservation_key ?? []))
  return <>{keys.size === 0 ? 'None' : [...keys].join(', ')}</>
}

function isSameInstant(a: string | null | undefined, b: string | null | undefined): boolean {
  const instant = (at: string | null | undefined): number | null => (at == null ? null : Date.parse(at))
  return instant(a) === instant(b)
}

function vendorFacts(of: object): VendorFacts {
  const found = Object.entries(of).find(([key, value]) => key.endsWith('_metadata') && typeof value === 'object')
  return (found?.[1] ?? {}) as VendorFacts
}

function SyncPill({ isKnown, warnings }: { isKnown: boolean; warnings: number }) {
  if (!isKnown) return <StatusPill tone="idle">Unknown card</StatusPill>
  if (warnings > 0) return <StatusPill tone="warn">Needs re-encoding</StatusPill>
  return <StatusPill tone="good">Up to date</StatusPill>
}

function titleOf(code: string): string {
  return code === 'acs_credential_on_encoder_out_of_sync'
    ? 'The card does not hold what it should'
    : 'Lockstitch does not know this card'
}
