/** Doors, and spaces of doors, as links side by side. */
import { Link } from 'react-aria-components'
import type { AcsEntrance, Space } from '../../api/routes.ts'
import styles from './door-list.module.css'
import { entranceHref, spaceHref } from './links.ts'

export function DoorList({
  label,
  doors,
  spaces = [],
}: {
  label: string
  doors: readonly AcsEntrance[]
  spaces?: readonly Space[]
}) {
  return (
    <ul className={styles.doors} aria-label={label}>
      {spaces.map(({ space_id, name }) => (
        <li key={space_id}>
          <Link className={styles.door} href={spaceHref(space_id)}>
            {name} <span className={styles.soft}>space</span>
          </Link>
        </li>
      ))}
      {doors.map((door) => (
        <li key={door.acs_entrance_id}>
          <Link className={styles.door} href={entranceHref(door)}>
            {door.display_name}
          </Link>
        </li>
      ))}
    </ul>
  )
}
