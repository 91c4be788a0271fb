import type { PortForward, PortForwards } from '../../../services/ports/portForwards';
import type { MachinePart, PartRow } from './machinePart';

/** The forwarded ports below a machine; nothing while there are none. */
export function portPart(ports: PortForwards): MachinePart {
  return {
    rows: ({ machine }) => portRows(ports.list(machine.id)),
    onDidChange: ports.onDidChange,
  };
}

export function portRows(forwards: readonly PortForward[]): readonly PartRow[] {
  if (forwards.length === 0) return [];
  return [
    {
      row: {
        id: 'ports',
        label: `Ports (${forwards.length})`,
        icon: { id: 'radio-tower' },
        contextValue: 'ports',
        children: 'expanded',
      },
      rows: forwards.map(portRow),
    },
  ];
}

function portRow({ id, remoteHost, remotePort, localPort, name }: PortForward): PartRow {
  const there = remoteHost === '127.0.0.1' ? String(remotePort) : `${remoteHost}:${remotePort}`;
  const here = `http://127.0.0.1:${localPort}`;
  return {
    item: id,
    row: {
      id: `port/${id}`,
      label: name ?? there,
      description: [...(name === undefined ? [] : [there]), `at 127.0.0.1:${localPort}`].join(' · '),
      icon: { id: 'plug', color: 'charts.green' },
      contextValue: 'port',
      tooltip: {
        title: name ?? `Port ${there}`,
        facts: [
          ['On the machine', `${remoteHost}:${remotePort}`],
          ['On this computer', here],
        ],
        links: [
          { title: 'Open in Browser', command: 'trainyard.port.open', arguments: [id] },
          { title: 'Stop', command: 'trainyard.port.stop', arguments: [id] },
        ],
      },
    },
  };
}
