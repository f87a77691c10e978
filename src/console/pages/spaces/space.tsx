/** One space: its doors, and who has access through it. */
import { DoorOpen, Pencil } from 'lucide-react'
import { useState } from 'react'
import { useNavigate, useParams } from 'react-router'
import { useAnswer, useCommand, useList } from '../../api/queries.ts'
import type { AccessGrant, AcsEntrance, Answer, Space } from '../../api/routes.ts'
import { Button, LinkButton } from '../../kit/button.tsx'
import { CopyableId } from '../../kit/copyable-id.tsx'
import { DataTable, type Column } from '../../kit/data-table.tsx'
import { DATE_TIME_WIDTH, DateTime } from '../../kit/date-time.tsx'
import { Dialog } from '../../kit/dialog.tsx'
import { TextField } from '../../kit/fields.tsx'
import { ActionForm, textOf } from '../../kit/form.tsx'
import { Loaded } from '../../kit/loaded.tsx'
import { MoreMenu } from '../../kit/menu.tsx'
import { Facts, Page, PageOf, Section } from '../../kit/page.tsx'
import { EmptyState } from '../../kit/problem.tsx'
import { toast } from '../../kit/toasts.ts'
import { DoorList } from '../shared/door-list.tsx'
import { GrantPill } from '../shared/grant-pill.tsx'
import { EntrancePicker } from '../shared/entrance-picker.tsx'
import { DeleteSpace } from './delete.tsx'

const CRUMBS = [{ label: 'Spaces', href: '/spaces' }]

export default function SpacePage() {
  const { space_id = '' } = useParams()
  return (
    <PageOf query={useAnswer('/spaces/get', { space_id })} title="Space" crumbs={CRUMBS}>
      {({ space }) => <SpaceView space={space} />}
    </PageOf>
  )
}

type Open = 'doors' | 'edit' | 'delete' | null

function SpaceView({ space }: { space: Space }) {
  const navigate = useNavigate()
  const [open, setOpen] = useState<Open>(null)
  const close = (): void => setOpen(null)
  const query = useAnswer('/acs/entrances/list', { space_id: space.space_id })
  const doors = query.data?.acs_entrances
  return (
    <Page
      title={space.name}
      crumbs={CRUMBS}
      aside={<CopyableId id={space.space_id} what="space_id" />}
      actions={
        <>
          <Button icon={Pencil} onPress={() => setOpen('edit')}>
            Edit
          </Button>
          <MoreMenu
            label="More actions"
            actions={[{ id: 'delete', label: 'Delete', isDangerous: true, onAction: () => setOpen('delete') }]}
          />
        </>
      }
    >
      <Facts
        facts={[
          ['Space key', space.space_key],
          ['Customer key', space.customer_key],
          ['Created', <DateTime key="created" at={space.created_at} />],
        ]}
      />
      <Section
        title="Doors"
        actions={
          <Button icon={DoorOpen} isDisabled={doors === undefined} onPress={() => setOpen('doors')}>
            Change doors
          </Button>
        }
      >
        <Loaded query={query}>
          {({ acs_entrances }) =>
            acs_entrances.length === 0 ? (
              <p>It has no door yet: who is given this space can enter nothing.</p>
            ) : (
              <DoorList label="Doors" doors={acs_entrances} />
            )
          }
        </Loaded>
      </Section>
      <Section title="Access grants">
        <Grants spaceId={space.space_id} />
      </Section>
      {open === 'doors' && <ChangeDoors space={space} doors={doors ?? []} onClose={close} />}
      {open === 'edit' && <EditSpace space={space} onClose={close} />}
      {open === 'delete' && <DeleteSpace space={space} onClose={close} onDeleted={() => void navigate('/spaces')} />}
    </Page>
  )
}

const columns: Column<AccessGrant>[] = [
  { id: 'name', header: 'Name', width: 'minmax(200px, 2fr)', cell: (grant) => grant.display_name },
  { id: 'starts_at', header: 'Starts', width: DATE_TIME_WIDTH, cell: (grant) => <DateTime at={grant.starts_at} /> },
  {
    id: 'ends_at',
    header: 'Ends',
    width: DATE_TIME_WIDTH,
    cell: (grant) => <DateTime at={grant.ends_at} none="Never" />,
  },
  { id: 'status', header: 'Status', width: '170px', cell: (grant) => <GrantPill grant={grant} /> },
]

const grantsOf = (answer: Answer<'/access_grants/list'>): AccessGrant[] => answer.access_grants

function Grants({ spaceId }: { spaceId: string }) {
  const list = useList('/access_grants/list', { space_id: spaceId }, grantsOf)
  return (
    <DataTable
      label="Access grants of this space"
      list={list}
      columns={columns}
      rowId={(grant) => grant.access_grant_id}
      rowName={(grant) => grant.display_name}
      idName="access_grant_id"
      href={(grant) => `/access-grants/${grant.access_grant_id}`}
      empty={
        <EmptyState
          title="Nobody has this space"
          action={<LinkButton href="/access-grants/new">New Access Grant</LinkButton>}
        />
      }
    />
  )
}

function ChangeDoors({ space, doors, onClose }: { space: Space; doors: AcsEntrance[]; onClose: () => void }) {
  const update = useCommand('/spaces/update', ['access_grant', 'access_method'])
  const [chosen, setChosen] = useState(doors)
  return (
    <Dialog title={`Doors of ${space.name}`} isOpen onClose={onClose} size="large">
      <ActionForm
        submitLabel="Save"
        onCancel={onClose}
        onSubmit={async () => {
          await update.mutateAsync({
            space_id: space.space_id,
            acs_entrance_ids: chosen.map(({ acs_entrance_id }) => acs_entrance_id),
          })
          onClose()
          toast('Doors changed')
        }}
      >
        <p>Everybody who has this space gets the doors that are added, and loses those that are taken out.</p>
        <EntrancePicker label="Doors" value={chosen} onChange={setChosen} />
      </ActionForm>
    </Dialog>
  )
}

function EditSpace({ space, onClose }: { space: Space; onClose: () => void }) {
  const update = useCommand('/spaces/update', ['access_grant'])
  return (
    <Dialog title="Edit space" isOpen onClose={onClose}>
      <ActionForm
        submitLabel="Save"
        onCancel={onClose}
        onSubmit={async (values) => {
          const space_key = textOf(values, 'space_key')
          await update.mutateAsync({
            space_id: space.space_id,
            name: textOf(values, 'name') ?? '',
            ...(space_key === undefined ? {} : { space_key }),
          })
          onClose()
          toast('Space saved')
        }}
      >
        <TextField label="Name" name="name" defaultValue={space.name} isRequired />
        <TextField label="Space key" name="space_key" defaultValue={space.space_key ?? ''} isMono />
      </ActionForm>
    </Dialog>
  )
}
