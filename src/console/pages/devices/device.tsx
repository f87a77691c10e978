import { useParams } from 'react-router'
import { useAnswer } from '../../api/queries.ts'
import type { Device } from '../../api/routes.ts'
import { LinkButton } from '../../kit/button.tsx'
import { CopyableId } from '../../kit/copyable-id.tsx'
import { DateTime } from '../../kit/date-time.tsx'
import { Facts, Page, PageOf, Section } from '../../kit/page.tsx'
import { Problems, words } from '../../kit/problems.tsx'
import { useWorkspace } from '../../shell/context.ts'
import { EventsTable } from '../shared/events-table.tsx'
import { entranceHref } from '../shared/links.ts'
import { DevicePill, kindOf, lockState } from './device-pill.tsx'

const CRUMBS = [{ label: 'Devices', href: '/devices/locks' }]

export default function DevicePage() {
  const { device_id = '' } = useParams()
  const query = useAnswer('/devices/get', { device_id })
  return (
    <PageOf query={query} title="Device" crumbs={CRUMBS}>
      {({ device }) => (
        <Page
          title={device.display_name}
          crumbs={CRUMBS}
          aside={
            <>
              <DevicePill device={device} />
              <CopyableId id={device_id} what="device_id" />
            </>
          }
          actions={<EntranceLink deviceId={device_id} />}
        >
          <Problems of={device} />
          <Details device={device} />
          <h2>Events</h2>
          <EventsTable label={`Events of ${device.display_name}`} filters={{ acs_entrance_id: device_id }} />
        </Page>
      )}
    </PageOf>
  )
}

/** The door that it is: who has access, and unlocking, are there. In a sandbox it is tried, and switched, in its building. */
function EntranceLink({ deviceId }: { deviceId: string }) {
  const { is_sandbox: isSandbox } = useWorkspace()
  const entrance = useAnswer('/acs/entrances/get', { acs_entrance_id: deviceId }).data?.acs_entrance
  if (entrance === undefined) return null
  return (
    <>
      {isSandbox && <LinkButton href={`/building/${entrance.acs_system_id}`}>Try it in the building</LinkButton>}
      <LinkButton href={entranceHref(entrance)}>Open the entrance</LinkButton>
    </>
  )
}

function Details({ device }: { device: Device }) {
  const { properties } = device
  const lock = lockState(device)
  return (
    <Section title="Details">
      <Facts
        facts={[
          ['Kind', kindOf(device)],
          ['Type', <code key="type">{device.device_type}</code>],
          ['Maker', device.device_manufacturer?.display_name],
          ['Connection', properties.online ? 'Online' : 'Offline'],
          ...(lock === null ? [] : ([['Lock', lock]] as const)),
          ['Takes PINs', device.can_unlock_with_code === true ? 'Yes' : 'No'],
          ['Added', <DateTime key="created" at={device.created_at} />],
          ...metadataOf(properties),
        ]}
      />
    </Section>
  )
}

/** What the maker says of the device: whatever of `<maker>_metadata` is a plain value. */
function metadataOf(properties: object): (readonly [string, string])[] {
  return Object.entries(properties as Record<string, unknown>)
    .filter(([key]) => key.endsWith('_metadata'))
    .flatMap(([, metadata]) => Object.entries(metadata as Record<string, unknown>))
    .filter(([, value]) => ['string', 'number', 'boolean'].includes(typeof value))
    .map(([key, value]) => [words(key), String(value)] as const)
}
