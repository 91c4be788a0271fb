import type { MachineLoad } from '../../core/load/machineLoad';
import { Series, type SeriesView } from '../../core/series/series';

/** Milliseconds that are kept at least, and at most before the older part goes. */
const kept = 3_600_000;
const mostKept = 2 * kept;
/** Points that are kept at most, whatever a machine's clock says. */
const mostPoints = 7200;
/** More cores have no curves of their own: nobody could tell them apart. */
const mostCores = 256;

export interface HistorySeries {
  /** As a job's: `gpu.<index>.util`, `host.cpu`, `host.core.<n>`. */
  readonly key: string;
  /** `%`, `B`, `B/s`, `W`, `°C`, or `GB` of 2^30 bytes, in which a GPU's memory is sold. */
  readonly unit: string;
}

const gpuUnits = { util: '%', memUsed: 'GB', power: 'W', temp: '°C' } as const;
const hostUnits = {
  cpu: '%',
  memUsed: 'B',
  iowait: '%',
  diskRead: 'B/s',
  diskWrite: 'B/s',
  netIn: 'B/s',
  netOut: 'B/s',
} as const;

/** What a machine did in the last hour, a curve for each figure. */
export class LoadHistory {
  private readonly curves = new Map<string, { readonly unit: string; series: Series }>();
  private listed: readonly HistorySeries[] = [];

  add(load: MachineLoad): void {
    for (const gpu of load.gpus) {
      // A value that was shown before is no new point.
      if (gpu.t !== load.t) continue;
      for (const [name, unit] of entries(gpuUnits))
        this.point(`gpu.${gpu.index}.${name}`, unit, load.t, gpu.values[name]);
    }
    const { values, cores } = load.host;
    for (const [name, unit] of entries(hostUnits)) this.point(`host.${name}`, unit, load.t, values[name]);
    cores.slice(0, mostCores).forEach((use, core) => {
      this.point(`host.core.${core}`, '%', load.t, use);
    });
  }

  /** In order of first appearance; the same list for as long as none is new. */
  list(): readonly HistorySeries[] {
    if (this.listed.length !== this.curves.size)
      this.listed = [...this.curves].map(([key, { unit }]) => ({ key, unit }));
    return this.listed;
  }

  /** Points by time; it goes on growing, and loses its oldest part now and then, which changes its `revision`. */
  find(key: string): SeriesView | undefined {
    return this.curves.get(key)?.series;
  }

  private point(key: string, unit: string, t: number, value: number | undefined): void {
    if (value === undefined) return;
    let curve = this.curves.get(key);
    if (!curve) this.curves.set(key, (curve = { unit, series: new Series() }));
    curve.series.add(t, undefined, unit === 'GB' ? value / 2 ** 30 : value);
    const { series } = curve;
    if (series.count > mostPoints || t - series.on('time').at('time', 0) > mostKept)
      curve.series = recent(series);
  }
}

function recent(series: Series): Series {
  const points = series.on('time');
  const { t, value } = points.slice(
    Math.max(
      points.lowerBound('time', points.at('time', points.count - 1) - kept),
      points.count - mostPoints / 2,
    ),
    Infinity,
  );
  const newer = new Series();
  t.forEach((time, i) => {
    newer.add(time, undefined, value[i] ?? NaN);
  });
  newer.revision = series.revision + 1;
  return newer;
}

function entries<K extends string, V>(object: Readonly<Record<K, V>>): [K, V][] {
  return Object.entries(object) as [K, V][];
}
