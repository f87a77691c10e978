/** The tables that several pages show: users, credentials, entrances. */
import { useEffect, useState, type ReactNode } from 'react'
import { useAnswer, type List } from '../../api/queries.ts'
import type { AcsCredential, AcsEntrance, AcsUser } from '../../api/routes.ts'
import { DataTable, TwoLines, RowLink, type Column } from '../../kit/data-table.tsx'
import { DATE_TIME_WIDTH, DateTime } from '../../kit/date-time.tsx'
import type { MenuAction } from '../../kit/menu.tsx'
import { Pills } from '../../kit/pills.tsx'
import { useFilter, type SearchState } from '../../kit/search.ts'
import { StatePill, StatusPill } from '../../kit/status-pill.tsx'
import { credentialHref, entranceHref, userHref } from './links.ts'
import { modeLabel } from './systems.ts'

interface TableProps<T> {
  label: string
  list: List<T>
  search?: SearchState & { label: string }
  filters?: ReactNode
  empty: ReactNode
  actions?: (row: T) => MenuAction[]
}

function UserPill({ user }: { user: AcsUser }) {
  return user.is_suspended ? <StatusPill tone="idle">Suspended</StatusPill> : <StatePill of={user} />
}

const userColumns: Column<AcsUser>[] = [
  {
    id: 'name',
    header: 'Display Name',
    width: 'minmax(200px, 2fr)',
    cell: (user) => <TwoLines first={user.display_name} second={user.email_address ?? user.phone_number ?? ''} />,
  },
  { id: 'created_at', header: 'Date Added', width: DATE_TIME_WIDTH, cell: (user) => <DateTime at={user.created_at} /> },
  { id: 'status', header: 'Status', width: '140px', cell: (user) => <UserPill user={user} /> },
  {
    id: 'credentials',
    header: 'Credentials',
    width: '110px',
    isNumber: true,
    cell: (user) => <CredentialCount acsUserId={user.acs_user_id} />,
  },
]

/** A list says nothing of how many credentials each has: asked for by rows that stay in sight for a moment. */
function CredentialCount({ acsUserId }: { acsUserId: string }) {
  const [isAsked, setAsked] = useState(false)
  useEffect(() => {
    const timer = setTimeout(() => setAsked(true), 400)
    return () => clearTimeout(timer)
  }, [])
  const { data } = useAnswer('/acs/credentials/list', isAsked ? { acs_user_id: acsUserId } : null)
  return <>{data === undefined ? '…' : data.acs_credentials.length}</>
}

export function UsersTable(props: TableProps<AcsUser>) {
  return (
    <DataTable
      {...props}
      columns={userColumns}
      rowId={(user) => user.acs_user_id}
      rowName={(user) => user.display_name}
      idName="acs_user_id"
      href={userHref}
    />
  )
}

const needsReissue = ({ warnings }: AcsCredential): boolean =>
  warnings.some(({ warning_code }) => warning_code === 'needs_to_be_reissued')

/** A card that has to be written, or written again. */
export const isWaitingForCard = (credential: AcsCredential): boolean =>
  credential.access_method === 'card' && (credential.is_issued !== true || needsReissue(credential))

/** Issued or not is what people ask of a credential first. */
export function CredentialPill({ credential }: { credential: AcsCredential }) {
  if (credential.errors.length > 0) return <StatusPill tone="bad">Error</StatusPill>
  if (needsReissue(credential)) return <StatusPill tone="warn">Needs re-encoding</StatusPill>
  if (credential.is_issued !== true) return <StatusPill tone="idle">Inactive</StatusPill>
  if (credential.warnings.length > 0) return <StatusPill tone="warn">Warning</StatusPill>
  return <StatusPill tone="good">Issued</StatusPill>
}

/** Holders are named by a look-up of their own, which is the same for all credentials of one. */
function Holder({ acsUserId, acsSystemId }: { acsUserId: string | undefined; acsSystemId: string }) {
  const { data } = useAnswer('/acs/users/get', acsUserId === undefined ? null : { acs_user_id: acsUserId })
  if (acsUserId === undefined) return <>–</>
  return (
    <RowLink href={userHref({ acs_user_id: acsUserId, acs_system_id: acsSystemId })}>
      {data?.acs_user.display_name ?? '…'}
    </RowLink>
  )
}

const credentialColumns: Column<AcsCredential>[] = [
  {
    id: 'name',
    header: 'Name',
    width: 'minmax(200px, 2fr)',
    cell: (credential) => <TwoLines first={modeLabel(credential.access_method)} second={credential.display_name} />,
  },
  {
    id: 'starts_at',
    header: 'Start',
    width: DATE_TIME_WIDTH,
    cell: ({ starts_at }) => <DateTime at={starts_at} none="–" />,
  },
  { id: 'ends_at', header: 'End', width: DATE_TIME_WIDTH, cell: ({ ends_at }) => <DateTime at={ends_at} none="–" /> },
  {
    id: 'assigned_to',
    header: 'Assigned To',
    width: 'minmax(120px, 1fr)',
    cell: ({ acs_user_id, acs_system_id }) => <Holder acsUserId={acs_user_id} acsSystemId={acs_system_id} />,
  },
  {
    id: 'status',
    header: 'Status',
    width: '170px',
    cell: (credential) => <CredentialPill credential={credential} />,
  },
]

const KINDS = [
  { id: 'all', label: 'All' },
  { id: 'cards', label: 'Cards' },
  { id: 'mobile', label: 'Mobile' },
] as const

const isOfKind: Record<(typeof KINDS)[number]['id'], (credential: AcsCredential) => boolean> = {
  all: () => true,
  cards: ({ access_method }) => access_method === 'card',
  mobile: ({ access_method }) => access_method === 'mobile_key',
}

/** With pills All, Cards, Mobile; the API has no such filter, so further pages are fetched until enough fit. */
export function CredentialsTable({ list, ...props }: TableProps<AcsCredential>) {
  const [kind, setKind] = useFilter<(typeof KINDS)[number]['id']>('kind', 'all')
  return (
    <DataTable
      {...props}
      list={{ ...list, rows: list.rows.filter(isOfKind[kind]) }}
      filters={
        <>
          <Pills
            label="Kind of credential"
            options={KINDS}
            value={kind}
            onChange={(id) => setKind(id as (typeof KINDS)[number]['id'])}
          />
          {props.filters}
        </>
      }
      columns={credentialColumns}
      rowId={(credential) => credential.acs_credential_id}
      rowName={(credential) => credential.display_name}
      idName="acs_credential_id"
      href={credentialHref}
    />
  )
}

export function flagsOf(entrance: AcsEntrance): string[] {
  return [
    entrance.can_unlock_with_card === true ? 'Card' : '',
    entrance.can_unlock_with_code === true ? 'PIN' : '',
    entrance.can_unlock_with_mobile_key === true ? 'Mobile key' : '',
    entrance.can_unlock_with_cloud_key === true ? 'Cloud key' : '',
  ].filter((flag) => flag !== '')
}

const entranceColumns: Column<AcsEntrance>[] = [
  { id: 'name', header: 'Name', width: 'minmax(180px, 2fr)', cell: (entrance) => entrance.display_name },
  {
    id: 'opens_with',
    header: 'Opens with',
    width: 'minmax(180px, 2fr)',
    cell: (entrance) => flagsOf(entrance).join(', ') || 'Nothing yet',
  },
  {
    id: 'reservation',
    header: 'Guest door',
    width: '120px',
    cell: (entrance) => (entrance.can_belong_to_reservation === true ? 'Yes' : 'No'),
  },
  { id: 'status', header: 'Status', width: '140px', cell: (entrance) => <StatePill of={entrance} /> },
]

export function EntrancesTable(props: TableProps<AcsEntrance>) {
  return (
    <DataTable
      {...props}
      columns={entranceColumns}
      rowId={(entrance) => entrance.acs_entrance_id}
      rowName={(entrance) => entrance.display_name}
      idName="acs_entrance_id"
      href={entranceHref}
    />
  )
}
