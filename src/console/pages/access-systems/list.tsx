import { useList } from '../../api/queries.ts'
import type { AcsSystem, Answer } from '../../api/routes.ts'
import { CopyableId } from '../../kit/copyable-id.tsx'
import { DataTable, type Column } from '../../kit/data-table.tsx'
import { Page } from '../../kit/page.tsx'
import { EmptyState } from '../../kit/problem.tsx'
import { useSearch } from '../../kit/search.ts'
import { StatePill } from '../../kit/status-pill.tsx'

const columns: Column<AcsSystem>[] = [
  { id: 'name', header: 'Name', width: 'minmax(200px, 2fr)', cell: (system) => system.name },
  { id: 'brand', header: 'Brand', width: 'minmax(140px, 2fr)', cell: (system) => system.external_type_display_name },
  { id: 'status', header: 'Status', width: '140px', cell: (system) => <StatePill of={system} /> },
  {
    id: 'acs_system_id',
    header: 'acs_system_id',
    width: '330px',
    cell: (system) => <CopyableId id={system.acs_system_id} what="acs_system_id" />,
  },
]

const systemsOf = (answer: Answer<'/acs/systems/list'>): AcsSystem[] => answer.acs_systems

export default function AccessSystemsPage() {
  const search = useSearch()
  const list = useList('/acs/systems/list', search.settled === '' ? {} : { search: search.settled }, systemsOf, {
    paged: false,
  })
  return (
    <Page title="Access Systems">
      <DataTable
        label="Access Systems"
        list={list}
        columns={columns}
        rowId={(system) => system.acs_system_id}
        rowName={(system) => system.name}
        idName="acs_system_id"
        search={{ ...search, label: 'Search by name or id' }}
        empty={
          <EmptyState title="No access system is connected">
            Connect the system that runs a building’s doors, and its doors, users and cards appear here.
          </EmptyState>
        }
      />
    </Page>
  )
}
