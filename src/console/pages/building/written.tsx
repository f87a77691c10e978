/** What is really on a card, whatever the API says of its credential by now. */
import { DateTime } from '../../kit/date-time.tsx'
import { Dialog } from '../../kit/dialog.tsx'
import { Facts } from '../../kit/page.tsx'
import { Notice } from '../../kit/problem.tsx'
import { holderOf, type Building, type Card } from './data.ts'
import { showMoment } from './moments.ts'
import styles from './written.module.css'

export function summaryOf(card: Card, { entrances, system, state }: Building): string {
  const { written } = card
  if (written === null) {
    if (state.cards === 'assigned')
      return card.acs_credential_id === null ? 'Registered, belongs to nobody' : 'Assigned'
    return `Nothing written, ${card.card_format}`
  }
  const names = new Map(entrances.map((door) => [door.acs_entrance_id, door.display_name]))
  const doors = [
    ...new Set(written.doors.map((door) => names.get(door.acs_entrance_id ?? '') ?? 'a door that is gone')),
  ]
  const where = doors.length === 0 ? 'No door' : doors.length <= 3 ? doors.join(', ') : `${String(doors.length)} doors`
  const until =
    written.ends_at === null
      ? 'without end'
      : `until ${showMoment(Date.parse(written.ends_at), system.location.time_zone, false)}`
  return written.ended === null ? `${where}, ${until}` : `${where}, ${written.ended}`
}

export function WrittenDialog({
  building,
  card,
  name,
  isOpen,
  onClose,
}: {
  building: Building
  card: Card
  name: string
  isOpen: boolean
  onClose: () => void
}) {
  return (
    <Dialog title={name} isOpen={isOpen} onClose={onClose}>
      <Written building={building} card={card} />
    </Dialog>
  )
}

function Written({ building, card }: { building: Building; card: Card }) {
  const zone = building.system.location.time_zone ?? undefined
  const { written } = card
  const names = new Map(building.entrances.map((door) => [door.acs_entrance_id, door.display_name]))
  const stays = new Map(written?.stays.map((stay) => [stay.acs_entrance_id, stay.number]))
  return (
    <>
      <Facts
        facts={[
          ['Number', card.card_number],
          ['Format', card.card_format],
          ['Holder', holderOf(building.credentials.get(card.acs_credential_id ?? ''), building.users)],
          ['acs_credential_id', card.acs_credential_id === null ? null : <code>{card.acs_credential_id}</code>],
          ...(written === null
            ? []
            : ([
                ['From', <DateTime key="from" at={written.starts_at} zone={zone} none="At once" />],
                ['Until', <DateTime key="until" at={written.ends_at} zone={zone} none="Without end" />],
                ['Written', <DateTime key="written" at={written.written_at} zone={zone} />],
              ] as const)),
        ]}
      />
      {written === null && building.state.cards === 'encoded' && <p>Nothing is written on this card.</p>}
      {written === null && building.state.cards === 'assigned' && (
        <p>Cards of this system carry a number alone: the system knows whose it is.</p>
      )}
      {written?.ended != null && (
        <Notice tone="warn">
          <p>An online door has written on the card that its access was {written.ended}.</p>
        </Notice>
      )}
      {written !== null && (
        <table className={styles.doors}>
          <thead>
            <tr>
              <th scope="col">Door</th>
              <th scope="col">From</th>
              <th scope="col">Until</th>
              <th scope="col">Stay</th>
            </tr>
          </thead>
          <tbody>
            {written.doors.map((door, index) => (
              <tr key={`${door.acs_entrance_id ?? ''} ${String(index)}`}>
                <th scope="row">{names.get(door.acs_entrance_id ?? '') ?? 'A door that is gone'}</th>
                <td>
                  <DateTime at={door.starts_at} zone={zone} none="At once" />
                </td>
                <td>
                  <DateTime at={door.ends_at} zone={zone} none="Without end" />
                </td>
                <td>{stays.has(door.acs_entrance_id) ? `No. ${String(stays.get(door.acs_entrance_id))}` : '–'}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </>
  )
}
