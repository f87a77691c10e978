import { Plus } from 'lucide-react'
import { useState } from 'react'
import { useNavigate } from 'react-router'
import { useCommand, useList } from '../../api/queries.ts'
import type { Answer, Space } from '../../api/routes.ts'
import { Button } from '../../kit/button.tsx'
import { DataTable, type Column } from '../../kit/data-table.tsx'
import { DATE_TIME_WIDTH, DateTime } from '../../kit/date-time.tsx'
import { Dialog } from '../../kit/dialog.tsx'
import { TextField } from '../../kit/fields.tsx'
import { ActionForm, textOf } from '../../kit/form.tsx'
import { Page } from '../../kit/page.tsx'
import { EmptyState } from '../../kit/problem.tsx'
import { useSearch } from '../../kit/search.ts'
import { toast } from '../../kit/toasts.ts'
import { DeleteSpace } from './delete.tsx'

const columns: Column<Space>[] = [
  { id: 'name', header: 'Name', width: 'minmax(200px, 2fr)', cell: (space) => space.name },
  { id: 'doors', header: 'Doors', width: '100px', isNumber: true, cell: (space) => space.acs_entrance_count },
  { id: 'devices', header: 'Devices', width: '100px', isNumber: true, cell: (space) => space.device_count },
  {
    id: 'space_key',
    header: 'space_key',
    width: 'minmax(140px, 1fr)',
    cell: (space) => (space.space_key === undefined ? '–' : <code>{space.space_key}</code>),
  },
  { id: 'created_at', header: 'Created', width: DATE_TIME_WIDTH, cell: (space) => <DateTime at={space.created_at} /> },
]

const spacesOf = (answer: Answer<'/spaces/list'>): Space[] => answer.spaces

export default function SpacesPage() {
  const search = useSearch()
  const navigate = useNavigate()
  const [isCreating, setCreating] = useState(false)
  const [deleting, setDeleting] = useState<Space | null>(null)
  const list = useList('/spaces/list', search.settled === '' ? {} : { search: search.settled }, spacesOf)
  const add = (
    <Button look="primary" icon={Plus} onPress={() => setCreating(true)}>
      New Space
    </Button>
  )
  return (
    <Page title="Spaces" actions={add}>
      <DataTable
        label="Spaces"
        list={list}
        columns={columns}
        rowId={(space) => space.space_id}
        rowName={(space) => space.name}
        idName="space_id"
        href={(space) => `/spaces/${space.space_id}`}
        actions={(space) => [
          { id: 'open', label: 'Open', onAction: () => void navigate(`/spaces/${space.space_id}`) },
          { id: 'delete', label: 'Delete', isDangerous: true, onAction: () => setDeleting(space) },
        ]}
        search={{ ...search, label: 'Search by name or key' }}
        empty={
          <EmptyState title="There is no space yet" action={add}>
            A space is a flat, a floor or a house: doors that are granted together. Who has a space has its doors, also
            those that are added later.
          </EmptyState>
        }
      />
      {isCreating && <CreateSpace onClose={() => setCreating(false)} />}
      {deleting !== null && <DeleteSpace space={deleting} onClose={() => setDeleting(null)} />}
    </Page>
  )
}

function CreateSpace({ onClose }: { onClose: () => void }) {
  const create = useCommand('/spaces/create')
  const navigate = useNavigate()
  return (
    <Dialog title="New Space" isOpen onClose={onClose}>
      <ActionForm
        submitLabel="Create"
        onCancel={onClose}
        onSubmit={async (values) => {
          const space_key = textOf(values, 'space_key')
          const { space } = await create.mutateAsync({
            name: textOf(values, 'name') ?? '',
            ...(space_key === undefined ? {} : { space_key }),
          })
          onClose()
          toast('Space created')
          void navigate(`/spaces/${space.space_id}`)
        }}
      >
        <TextField label="Name" name="name" isRequired autoFocus />
        <TextField
          label="Space key"
          name="space_key"
          isMono
          hint="Your own name for it, if you have one: each is used once."
        />
      </ActionForm>
    </Dialog>
  )
}
