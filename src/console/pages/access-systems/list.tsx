import { Plus } from 'lucide-react'
import { useState } from 'react'
import { useList } from '../../api/queries.ts'
import type { AcsSystem, Answer } from '../../api/routes.ts'
import { Button } from '../../kit/button.tsx'
import { CopyableId } from '../../kit/copyable-id.tsx'
import { DataTable, type Column } from '../../kit/data-table.tsx'
import { Page } from '../../kit/page.tsx'
import { EmptyState } from '../../kit/problem.tsx'
import { useSearch } from '../../kit/search.ts'
import { StatePill } from '../../kit/status-pill.tsx'
import { ConnectDialog } from '../shared/connect-dialog.tsx'
import { systemHref } from '../shared/links.ts'
import { searched } from '../shared/lists.ts'

const columns: Column<AcsSystem>[] = [
  { id: 'name', header: 'Name', width: 'minmax(160px, 2fr)', cell: (system) => system.name },
  { id: 'brand', header: 'Brand', width: 'minmax(110px, 1fr)', cell: (system) => system.external_type_display_name },
  { id: 'status', header: 'Status', width: '140px', cell: (system) => <StatePill of={system} /> },
  {
    id: 'acs_system_id',
    header: 'acs_system_id',
    width: 'minmax(120px, 330px)',
    cell: (system) => <CopyableId id={system.acs_system_id} what="acs_system_id" />,
  },
]

const systemsOf = (answer: Answer<'/acs/systems/list'>): AcsSystem[] => answer.acs_systems

export default function AccessSystemsPage() {
  const search = useSearch()
  const [isConnecting, setConnecting] = useState(false)
  const list = useList('/acs/systems/list', searched(search.settled), systemsOf, { paged: false })
  const add = (
    <Button look="primary" icon={Plus} onPress={() => setConnecting(true)}>
      New Access System
    </Button>
  )
  return (
    <Page title="Access Systems" actions={add}>
      <DataTable
        label="Access Systems"
        list={list}
        columns={columns}
        rowId={(system) => system.acs_system_id}
        rowName={(system) => system.name}
        idName="acs_system_id"
        href={(system) => systemHref(system.acs_system_id)}
        search={{ ...search, label: 'Search by name or id' }}
        empty={
          <EmptyState title="No access system is connected">
            Connect the system that runs a building’s doors, and its doors, users and cards appear here.
          </EmptyState>
        }
      />
      <ConnectDialog title="New Access System" isOpen={isConnecting} onClose={() => setConnecting(false)} />
    </Page>
  )
}
