import type { Field } from './field';

const containerPrefix = 'docker:';

export interface Image {
  /** By region, `''` for any. */
  readonly image_id: Readonly<Record<string, string>> | null;
  readonly docker_image: string | null;
}

/** `containers`: the platform runs nothing but containers, so that any image is one. */
export function readImage(field: Field, region: string | null, containers: boolean): Image | null {
  const here = region ?? '';
  let docker: string | null = null;
  let images: [string, string][] = [];
  if (field.string !== undefined) images = [[here, field.string.trim()]];
  else {
    for (const { key, name } of field.tree.kind === 'map' ? field.tree.entries : []) {
      const value = field.given(name) ?? field;
      if (key.value.type !== 'str' && key.value.type !== 'null')
        return value.error('Expected the name of a region, quoted if it is a number');
      const text = value.string?.trim();
      if (text === undefined) return value.error('Expected the name of an image');
      if (name === 'docker') docker = text.replace(/^docker:/, '');
      else images.push([name === 'None' ? here : name.trim(), text]);
    }
    const any = field.fields().find(([name]) => name === 'None');
    if (any) images = images.filter(([name]) => name === here).slice(-1);
  }
  const container = images.find(([, image]) => image.startsWith(containerPrefix));
  if (docker !== null && container) {
    return field.error(`The container image is given twice. Remove "docker" or "${container[1]}"`);
  }
  if (containers)
    images = images.map(([name, image]) => [
      name,
      image.startsWith(containerPrefix) ? image : containerPrefix + image,
    ]);
  const image_id = images.length > 0 ? Object.fromEntries(images) : null;
  return { image_id, docker_image: docker ?? onlyContainer(images, here) };
}

function onlyContainer(images: readonly (readonly [string, string])[], here: string): string | null {
  const [only, ...others] = images;
  if (!only || others.length > 0 || (only[0] !== here && only[0] !== '')) return null;
  return only[1].startsWith(containerPrefix) ? only[1].slice(containerPrefix.length) : null;
}
