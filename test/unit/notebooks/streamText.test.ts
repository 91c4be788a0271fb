import { describe, expect, it } from 'vitest';
import { StreamText } from '../../../src/core/notebook/streamText';

const shown = (...chunks: string[]) => {
  const stream = new StreamText();
  for (const chunk of chunks) stream.write(chunk);
  return stream.text;
};

describe('Text of a stream', () => {
  it.each([
    ['plain lines', ['a\nb\n'], 'a\nb\n'],
    ['Windows line ends', ['a\r\nb\r\n'], 'a\nb\n'],
    ['a Windows line end that was torn', ['a\r', '\nb'], 'a\nb'],
    ['a progress bar', ['10%\r20%\r', '30%'], '30%'],
    ['a shorter text over a longer one', ['abcdef\rxy'], 'xycdef'],
    ['a bar whose last step is a line', ['1/2\r2/2\n', 'done\n'], '2/2\ndone\n'],
    ['steps back', ['abc\b\bX'], 'aXc'],
    ['steps back before the start', ['a\b\b\bX'], 'X'],
    ['two bars of tqdm', ['a 0\nb 0\u001b[A\r', 'a 1\n\rb 1'], 'a 1\nb 1'],
    ['a line cleared', ['long text\r\u001b[Kok'], 'ok'],
    ['a whole line cleared', ['abc\u001b[2K\rx'], 'x'],
    ['colours', ['\u001b[31mred\u001b[0m\n'], '\u001b[31mred\u001b[0m\n'],
    ['an escape that was torn', ['\u001b[3', '1mred'], '\u001b[31mred'],
    ['up beyond the top', ['a\u001b[9999Ab'], 'ab'],
    ['an emoji', ['😀x\r😎'], '😎x'],
  ])('shows %s as a terminal does', (_, chunks, text) => {
    expect(shown(...chunks)).toBe(text);
  });

  it('is the same, however it was cut', () => {
    const text = 'x 1%\rx 50%\rx 100%\n\u001b[32mok\u001b[0m\r\nab\b\bcd\n1\n2\u001b[A\rone\n\ntail';
    for (let at = 0; at <= text.length; at++)
      expect(shown(text.slice(0, at), text.slice(at))).toBe(shown(text));
  });

  it('says whether it only grew', () => {
    const stream = new StreamText();
    expect(stream.write('a\n')).toBe(true);
    expect(stream.write('\u001b[31mb\u001b[0m')).toBe(true);
    expect(stream.write('\rc')).toBe(false);
  });

  it('takes a hundred thousand lines and bars without slowing down', () => {
    const stream = new StreamText();
    const from = performance.now();
    for (let i = 0; i < 100_000; i++) stream.write(i % 10 === 0 ? `line ${i}\n` : `bar ${i}\r`);
    expect(stream.text.split('\n')).toHaveLength(10_001);
    expect(performance.now() - from).toBeLessThan(5000);
  });
});
