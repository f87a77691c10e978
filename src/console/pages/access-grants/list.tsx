import { Plus } from 'lucide-react'
import { useNavigate } from 'react-router'
import { useState } from 'react'
import { useAnswer, useList } from '../../api/queries.ts'
import type { AccessGrant, Answer, Params } from '../../api/routes.ts'
import { LinkButton } from '../../kit/button.tsx'
import { DataTable, TwoLines, type Column } from '../../kit/data-table.tsx'
import { DateTime } from '../../kit/date-time.tsx'
import { Select } from '../../kit/fields.tsx'
import { Page } from '../../kit/page.tsx'
import { EmptyState } from '../../kit/problem.tsx'
import { useFilter, useSearch } from '../../kit/search.ts'
import { DeleteGrant } from './change.tsx'
import { modeName } from './modes.ts'
import { GrantPill } from '../shared/grant-pill.tsx'

const columns: Column<AccessGrant>[] = [
  { id: 'name', header: 'Name', width: 'minmax(180px, 2fr)', cell: (grant) => grant.display_name },
  {
    id: 'methods',
    header: 'How',
    width: 'minmax(100px, 1fr)',
    cell: ({ requested_access_methods: wished }) => [...new Set(wished.map(({ mode }) => modeName(mode)))].join(', '),
  },
  {
    id: 'when',
    header: 'When',
    width: 'minmax(190px, 1fr)',
    cell: ({ starts_at, ends_at }) => (
      <TwoLines
        first={<DateTime at={starts_at} />}
        second={ends_at === null ? 'without an end' : <DateTime at={ends_at} />}
      />
    ),
  },
  { id: 'reservation_key', header: 'Reservation', width: '120px', cell: (grant) => grant.reservation_key ?? '–' },
  { id: 'status', header: 'Status', width: '180px', cell: (grant) => <GrantPill grant={grant} /> },
]

const grantsOf = (answer: Answer<'/access_grants/list'>): AccessGrant[] => answer.access_grants

/** `search` and `order` are this server's own, beside the published parameters. */
type ListParams = Params<'/access_grants/list'> & { search?: string; order?: 'newest_first' }

export default function AccessGrantsPage() {
  const search = useSearch()
  const [acsSystemId, setAcsSystemId] = useFilter<string>('acs_system_id', ALL)
  const [spaceId, setSpaceId] = useFilter<string>('space_id', ALL)
  const [deleting, setDeleting] = useState<AccessGrant | null>(null)
  const navigate = useNavigate()
  const params: ListParams = {
    order: 'newest_first',
    ...(search.settled === '' ? {} : { search: search.settled }),
    ...(acsSystemId === ALL ? {} : { acs_system_id: acsSystemId }),
    ...(spaceId === ALL ? {} : { space_id: spaceId }),
  }
  const list = useList('/access_grants/list', params, grantsOf)
  return (
    <Page
      title="Access Grants"
      actions={
        <LinkButton look="primary" icon={Plus} href="/access-grants/new">
          New Access Grant
        </LinkButton>
      }
    >
      <DataTable
        label="Access Grants"
        list={list}
        columns={columns}
        rowId={(grant) => grant.access_grant_id}
        rowName={(grant) => grant.display_name}
        idName="access_grant_id"
        href={(grant) => `/access-grants/${grant.access_grant_id}`}
        actions={(grant) => [
          { id: 'open', label: 'Open', onAction: () => void navigate(`/access-grants/${grant.access_grant_id}`) },
          { id: 'delete', label: 'Delete', isDangerous: true, onAction: () => setDeleting(grant) },
        ]}
        search={{ ...search, label: 'Search by name, key or person' }}
        filters={
          <>
            <SystemFilter value={acsSystemId} onChange={setAcsSystemId} />
            <SpaceFilter value={spaceId} onChange={setSpaceId} />
          </>
        }
        empty={<NoGrants isFiltered={acsSystemId !== ALL || spaceId !== ALL} />}
      />
      {deleting !== null && <DeleteGrant grant={deleting} onClose={() => setDeleting(null)} />}
    </Page>
  )
}

/** A workspace begins with an access system: without one there is no door to grant. */
function NoGrants({ isFiltered }: { isFiltered: boolean }) {
  const { data } = useAnswer('/acs/systems/list', {})
  if (!isFiltered && data?.acs_systems.length === 0)
    return (
      <EmptyState
        title="No access system is connected"
        action={
          <LinkButton look="primary" href="/access-systems">
            Go to Access Systems
          </LinkButton>
        }
      >
        Connect the system that runs a building’s doors first. Then say here who may enter, where, when, and how.
      </EmptyState>
    )
  return (
    <EmptyState
      title={isFiltered ? 'No access grant reaches there' : 'Nobody has access yet'}
      action={
        <LinkButton look="primary" icon={Plus} href="/access-grants/new">
          New Access Grant
        </LinkButton>
      }
    >
      An access grant says who may enter, where, when, and how.
    </EmptyState>
  )
}

const ALL = 'all'

interface FilterProps {
  value: string
  onChange: (id: string) => void
}

function SystemFilter({ value, onChange }: FilterProps) {
  const { data } = useAnswer('/acs/systems/list', {})
  const systems = data?.acs_systems ?? []
  return (
    <Select
      label="Access system"
      isLabelHidden
      options={[
        { id: ALL, label: 'All access systems' },
        ...systems.map(({ acs_system_id, name }) => ({ id: acs_system_id, label: name })),
      ]}
      value={value}
      onChange={onChange}
    />
  )
}

function SpaceFilter({ value, onChange }: FilterProps) {
  const { data } = useAnswer('/spaces/list', {})
  const spaces = data?.spaces ?? []
  if (spaces.length === 0 && value === ALL) return null
  return (
    <Select
      label="Space"
      isLabelHidden
      options={[
        { id: ALL, label: 'All spaces' },
        ...spaces.map(({ space_id, name }) => ({ id: space_id, label: name })),
      ]}
      value={value}
      onChange={onChange}
    />
  )
}
