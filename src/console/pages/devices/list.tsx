import { useState } from 'react'
import { useParams } from 'react-router'
import { useList } from '../../api/queries.ts'
import type { Answer, Device, Params, Phone } from '../../api/routes.ts'
import { Button } from '../../kit/button.tsx'
import { DataTable, type Column } from '../../kit/data-table.tsx'
import { DATE_TIME_WIDTH, DateTime } from '../../kit/date-time.tsx'
import { Select } from '../../kit/fields.tsx'
import { Page } from '../../kit/page.tsx'
import { EmptyState } from '../../kit/problem.tsx'
import { words } from '../../kit/problems.tsx'
import { useFilter, useSearch } from '../../kit/search.ts'
import { StatePill } from '../../kit/status-pill.tsx'
import { Tabs } from '../../kit/tabs.tsx'
import { ConnectDialog } from '../shared/connect-dialog.tsx'
import { deviceHref } from '../shared/links.ts'
import { searched } from '../shared/lists.ts'
import { useProviders } from '../shared/systems.ts'
import { DevicePill, kindOf, lockState } from './device-pill.tsx'

export default function DevicesPage() {
  const { tab } = useParams()
  const [isConnecting, setConnecting] = useState(false)
  return (
    <Page title="Devices" actions={<Button onPress={() => setConnecting(true)}>Add Devices</Button>}>
      <Tabs
        label="Kinds of devices"
        base="/devices"
        selected={tab}
        tabs={[
          { id: 'locks', label: 'Locks', content: () => <Locks /> },
          { id: 'phones', label: 'Phones', content: () => <Phones /> },
        ]}
      />
      <ConnectDialog title="Add Devices" isOpen={isConnecting} onClose={() => setConnecting(false)} />
    </Page>
  )
}

const devicesOf = (answer: Answer<'/devices/list'>): Device[] => answer.devices

const lockColumns: Column<Device>[] = [
  { id: 'name', header: 'Name', width: 'minmax(180px, 2fr)', cell: (device) => device.display_name },
  { id: 'kind', header: 'Kind', width: 'minmax(160px, 1fr)', cell: (device) => kindOf(device) },
  { id: 'lock', header: 'Lock', width: '120px', cell: (device) => lockState(device) ?? '–' },
  {
    id: 'pins',
    header: 'Takes PINs',
    width: '120px',
    cell: (one) => (one.can_unlock_with_code === true ? 'Yes' : 'No'),
  },
  {
    id: 'created_at',
    header: 'Date Added',
    width: DATE_TIME_WIDTH,
    cell: ({ created_at }) => <DateTime at={created_at} />,
  },
  { id: 'status', header: 'Status', width: '130px', cell: (device) => <DevicePill device={device} /> },
]

/** Systems whose doors are devices. */
function useKinds(): { id: string; label: string }[] {
  return (useProviders().data?.providers ?? []).flatMap(({ device_type, display_name }) =>
    device_type === null ? [] : [{ id: device_type, label: display_name }],
  )
}

function Locks() {
  const search = useSearch()
  const kinds = useKinds()
  const [type, setType] = useFilter<string>('type', 'all')
  const [pins, setPins] = useFilter<'all' | 'yes' | 'no'>('pins', 'all')
  const params = {
    ...searched(search.settled),
    ...(type === 'all' ? {} : { device_type: type }),
    ...(pins === 'yes' ? { include_if: ['can_unlock_with_code'] } : {}),
    ...(pins === 'no' ? { exclude_if: ['can_unlock_with_code'] } : {}),
  } as Params<'/devices/list'>
  const list = useList('/devices/list', params, devicesOf)
  const isFiltered = type !== 'all' || pins !== 'all'
  return (
    <DataTable
      label="Locks"
      list={list}
      columns={lockColumns}
      rowId={({ device_id }) => device_id}
      rowName={({ display_name }) => display_name}
      idName="device_id"
      href={({ device_id }) => deviceHref(device_id)}
      search={{ ...search, label: 'Search devices' }}
      filters={
        <>
          <Select
            label="Access system"
            isLabelHidden
            options={[{ id: 'all', label: 'All access systems' }, ...kinds]}
            value={type}
            onChange={setType}
          />
          <Select
            label="PINs"
            isLabelHidden
            options={[
              { id: 'all', label: 'With or without PINs' },
              { id: 'yes', label: 'Takes PINs' },
              { id: 'no', label: 'Takes no PINs' },
            ]}
            value={pins}
            onChange={(id) => setPins(id as typeof pins)}
          />
        </>
      }
      empty={
        isFiltered ? (
          <EmptyState title="Nothing fits">No device is of this kind.</EmptyState>
        ) : (
          <EmptyState title="No devices">
            {kinds.length > 0 && (
              <>Doors of {kinds.map(({ label }) => label).join(', ')} show here once such a system is connected. </>
            )}
            Doors of all systems are on the Access Systems page.
          </EmptyState>
        )
      }
    />
  )
}

const phonesOf = (answer: Answer<'/phones/list'>): Phone[] => answer.phones

const phoneColumns: Column<Phone>[] = [
  { id: 'name', header: 'Name', width: 'minmax(180px, 2fr)', cell: (phone) => phone.display_name },
  { id: 'kind', header: 'Kind', width: '180px', cell: (phone) => words(phone.device_type) },
  {
    id: 'created_at',
    header: 'Date Added',
    width: DATE_TIME_WIDTH,
    cell: ({ created_at }) => <DateTime at={created_at} />,
  },
  { id: 'status', header: 'Status', width: '130px', cell: (phone) => <StatePill of={phone} /> },
]

function Phones() {
  const list = useList('/phones/list', {}, phonesOf, { paged: false })
  return (
    <DataTable
      label="Phones"
      list={list}
      columns={phoneColumns}
      rowId={({ device_id }) => device_id}
      rowName={({ display_name }) => display_name}
      idName="device_id"
      empty={
        <EmptyState title="No phones">
          A phone appears here once a person has opened a mobile key on it. It is on that person’s page, too.
        </EmptyState>
      }
    />
  )
}
