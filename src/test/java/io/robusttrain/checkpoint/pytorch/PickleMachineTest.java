package io.robusttrain.checkpoint.pytorch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.robusttrain.checkpoint.pytorch.PickleValue.Dict;
import io.robusttrain.checkpoint.pytorch.PickleValue.Int;
import io.robusttrain.checkpoint.pytorch.PickleValue.Opaque;
import io.robusttrain.checkpoint.pytorch.PickleValue.TensorRef;
import io.robusttrain.checkpoint.pytorch.PickleValue.Text;
import io.robusttrain.checkpoint.pytorch.PickleValue.Tuple;
import io.robusttrain.checkpoint.tensors.CheckpointException;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Pickles written by hand: the instructions one by one, and those no honest writer would give. */
class PickleMachineTest {
  private static final Refusals FILE = new Refusals("some.pth");

  private static final String ORDERED_DICT = "ccollections\nOrderedDict\n";
  private static final String REBUILD = "ctorch._utils\n_rebuild_tensor_v2\n";

  /** A storage of {@code elements} floats, at most 255. */
  private static String storage(int elements) {
    return "("
        + text("storage")
        + "ctorch\nFloatStorage\n"
        + text("0")
        + text("cpu")
        + number(elements)
        + "tQ";
  }

  private static String text(String value) {
    return "\u008c" + (char) value.length() + value;
  }

  private static String number(long value) {
    StringBuilder code = new StringBuilder("\u008a\b");
    for (int i = 0; i < 8; i++) {
      code.append((char) ((value >> (8 * i)) & 0xff));
    }
    return code.toString();
  }

  private static PickleValue read(String code) {
    String pickle = "\u0080\u0002" + code + ".";
    return PickleMachine.read(pickle.getBytes(StandardCharsets.ISO_8859_1), FILE);
  }

  private static void assertFails(String code, String... words) {
    assertThatThrownBy(() -> read(code))
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining("some.pth")
        .hasMessageContainingAll(words);
  }

  @ParameterizedTest
  @CsvSource({
    "'K\u00ff', 255", "'M\u00ff\u00ff', 65535", "'J\u00ff\u00ff\u00ff\u00ff', -1",
    "'\u008a\u0000', 0", "'\u008a\u0001\u0080', -128", "'\u008a\u0002\u0080\u0000', 128",
    "'\u008b\u0001\u0000\u0000\u0000\u0007', 7"
  })
  void integersAreThoseOfPython(String code, long value) {
    assertThat(read(code)).isEqualTo(new Int(value));
  }

  @Test
  void stringsComeInThreeLengths() {
    String utf8 = "\u00c3\u00a9";
    assertThat(read("\u008c\u0002" + utf8)).isEqualTo(new Text("\u00e9"));
    assertThat(read("X\u0002\0\0\0" + utf8)).isEqualTo(new Text("\u00e9"));
    assertThat(read("\u008d\u0002\0\0\0\0\0\0\0" + utf8)).isEqualTo(new Text("\u00e9"));
    assertFails("\u008c\u0001\u00ff", "UTF-8");
    assertFails("X\u00ff\u00ff\u00ff\u00ffabc", "4294967295 more bytes");
    assertFails("\u008d" + "\u00ff".repeat(8) + "abc", "18446744073709551615 more bytes");
  }

  @Test
  void containersFill() {
    assertThat(((Tuple) read("(K\u0001K\u0002t")).items()).containsExactly(new Int(1), new Int(2));
    Dict dict = (Dict) read("}(" + text("a") + "K\u0001K\u0005K\u0006u");
    assertThat(dict.named()).containsOnlyKeys("a");
    assertThat(dict.others()).containsExactly(new Int(6));
    assertFails("}(" + text("a") + "u", "1 keys and values");
    assertFails("](K\u0001K\u0002u", "2 keys and values are put into a list");
    assertFails("}K\u0001a", "added to a dictionary");
    assertFails("K\u0001K\u0002s", "values are taken");
  }

  @Test
  void aTensorLiesWithinItsStorage() {
    TensorRef tensor =
        (TensorRef)
            read(
                REBUILD
                    + "("
                    + storage(24)
                    + "K\u0006K\u0002K\u0003\u0086K\u0006K\u0002\u0086t"
                    + "R");
    assertThat(tensor.offset()).isEqualTo(6);
    assertThat(tensor.shape()).containsExactly(2L, 3L);
    assertThat(tensor.strides()).containsExactly(6L, 2L);
    assertThat(tensor.storage().elements()).isEqualTo(24);
  }

  @ParameterizedTest
  @CsvSource({
    // elements, offset, shape, stride
    "4, 0, 5, 1",
    "4, 1, 4, 1",
    "4, -1, 2, 1",
    "4, 0, -1, 1",
    "4, 0, 2, -1",
    "4, 0, 2, 4",
    "4, 5, 0, 1",
    "4, 0, 9223372036854775807, 9223372036854775807",
    "4, 9223372036854775807, 2, 1",
    "1, 0, 9223372036854775807, 0",
    "1, 0, 16777217, 0"
  })
  void aTensorOutsideItsStorageIsRefused(int elements, long offset, long extent, long stride) {
    assertFails(
        REBUILD
            + "("
            + storage(elements)
            + number(offset)
            + number(extent)
            + "\u0085"
            + number(stride)
            + "\u0085tR",
        "its pickle before byte");
  }

  @Test
  void aShapeWhoseProductOverflowsIsRefused() {
    String big = number(1L << 33);
    assertFails(
        REBUILD + "(" + storage(1) + "K\0" + big + big + "\u0086K\0K\0\u0086tR", "does not fit");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "R",
        ")R",
        "(tR",
        "K\0K\0\u0086R",
        "K\0\u0085R",
        "NR",
        "]R",
        "}\u0085R",
        ")\u0081"
      })
  void aKnownFunctionWithWrongArgumentsIsRefused(String arguments) {
    assertFails(REBUILD + arguments, "its pickle");
    assertFails("ctorch._utils\n_rebuild_parameter\n" + arguments, "its pickle");
    assertFails("ctorch\nSize\n" + arguments, "its pickle");
    assertFails("ctorch\nFloatStorage\n" + arguments, "its pickle");
  }

  @Test
  void stridesOfAnotherNumberThanAxesAreRefused() {
    assertFails(
        REBUILD + "(" + storage(4) + "K\0K\u0002\u0085K\u0001K\u0001\u0086tR",
        "arguments it does not take");
  }

  @ParameterizedTest
  @CsvSource({
    "posix, system",
    "builtins, eval",
    "builtins, getattr",
    "__builtin__, exec",
    "torch, load",
    "torch.storage, _load_from_bytes",
    "torch._utils, _rebuild_qtensor",
    "torch._utils, _rebuild_tensor_v2.__globals__",
    "numpy, load",
    "collections, Counter",
    "'', ''",
    "functools, partial",
    "operator, attrgetter",
    "torch._tensor, _rebuild_from_type_v2",
    "torch.jit._pickle, restore_type_tag",
    "pathlib, PosixPath",
    "datetime, datetime"
  })
  void namesBeyondTheListAreRefusedHoweverTheyAreSpelled(String module, String name) {
    String told = module + "." + name;
    assertFails("c" + module + "\n" + name + "\n0N", told, "nothing of the file was run");
    assertFails(text(module) + text(name) + "\u0093" + "0N", told);
    // From memory, as protocol 4 does.
    assertFails(text(module) + "\u00940" + text(name) + "\u00940h\0h\u0001\u0093" + ")R", told);
    assertFails("c" + module + "\n" + name + "\n)\u0081", told);
    assertFails("c" + module + "\n" + name + "\n)}\u0092", told);
  }

  @Test
  void aNameIsTwoStrings() {
    assertFails("K\u0001" + text("x") + "\u0093", "a name is an integer");
    assertFails(text("x") + ORDERED_DICT + "\u0093", "a name is the name collections.OrderedDict");
  }

  @ParameterizedTest
  @CsvSource({
    "'(iposix\nsystem\n', INST", "'(cposix\nsystem\no', posix.system", "'(No', OBJ",
    "'P0\n', PERSID", "'\u0082\u0001', EXT", "'\u0083\u0001\u0000', EXT",
    "'\u0084\u0001\u0000\u0000\u0000', EXT", "'\u0097', NEXT_BUFFER", "'\u0098', READONLY_BUFFER"
  })
  void instructionsThatReachElsewhereAreRefused(String code, String name) {
    assertFails(code, name, "nothing of the file was run");
  }

  @Test
  void onlyNamesAreCalled() {
    assertFails("K\u0001)R", "an integer is called");
    assertFails(ORDERED_DICT + ")R)R", "a dictionary is called");
    assertFails("]" + ")}\u0092", "called with arguments by name");
    assertFails(ORDERED_DICT + ")}\u0092", "called with arguments by name");
    assertFails(ORDERED_DICT + "(]tR", "arguments it does not take");
  }

  @Test
  void inertRecordsAreReadOver() {
    assertThat(read("cargparse\nNamespace\n)\u0081}(" + text("lr") + "K\u0001ub"))
        .isEqualTo(new Opaque("a record of argparse.Namespace"));
    assertThat(read(ORDERED_DICT + ")R}(" + text("_metadata") + "}ub")).isInstanceOf(Dict.class);
    assertThat(read("\u008a\u0009123456789")).isEqualTo(new Opaque("a long integer"));
  }

  @Test
  void attributesGoToRecordsOnly() {
    assertFails(REBUILD + "}b", "is given a dictionary as its state");
    assertFails("K\u0001}b", "an integer is given");
    assertFails("}K\u0001b", "a dictionary is given an integer");
    assertFails("(b", "values are taken");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "K\u0001Q",
        "(Q",
        ")Q",
        "(\u008c\u0007storageNNNK\u0001tQ",
        "(\u008c\u0006moduleX\u0001\0\0\0aX\u0001\0\0\0aX\u0001\0\0\0aK\u0001tQ",
        "(\u008c\u0007storageccollections\nOrderedDict\n\u008c\u00010\u008c\u0003cpuK\u0001tQ",
        "(\u008c\u0007storagectorch\nFloatStorage\n\u008c\u00010\u008c\u0003cpuJ\u00ff\u00ff\u00ff\u00fftQ"
      })
  void aStorageIsDescribedAsPyTorchDoes(String code) {
    assertFails(code, "its pickle");
  }

  @Test
  void aStorageIsDescribedOnceOnly() {
    assertFails(storage(4) + storage(5) + "\u0086", "described in two ways");
  }

  @Test
  void theStackAndTheMarksAreKept() {
    assertFails("", "values are taken");
    assertFails("NN", "left over");
    assertFails("(N", "left over");
    assertFails("N(0", "values are taken");
    assertFails("N(\u0085", "values are taken");
    assertFails("t", "mark is missing");
    assertFails("1", "mark is missing");
    assertFails("h\u0007", "remembered as number 7");
    assertFails("q\0", "values are taken");
    assertFails("N.N", "left over");
    assertFails("\u0095\u00ff\0\0\0\0\0\0\0N", "255 more bytes");
    assertFails("\u0001", "0x01");
    assertFails("S'old'\n", "0x53");
    assertFails("\u0080\u0002N", "0x80");
    assertThat(read("Nr\u00ff\u00ff\u00ff\u00ff0j\u00ff\u00ff\u00ff\u00ff").kind())
        .isEqualTo("None");
  }

  @Test
  void otherProtocolsAreRefused() {
    for (int protocol : new int[] {0, 1, 6, 255}) {
      byte[] pickle = {(byte) 0x80, (byte) protocol, 'N', '.'};
      assertThatThrownBy(() -> PickleMachine.read(pickle, FILE))
          .isInstanceOf(CheckpointException.class)
          .hasMessageContaining("its protocol is " + protocol);
    }
    assertThatThrownBy(() -> PickleMachine.read("I1\n.".getBytes(StandardCharsets.UTF_8), FILE))
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining("does not begin with its protocol");
  }

  @Test
  void bombsEndInAnErrorOrInLittleWork() {
    // Tuples of tuples: 2^40 leaves if anything walked through them.
    assertThat(read("N" + "2\u0086".repeat(40))).isInstanceOf(Tuple.class);
    // A million lists in one another, and a list that holds itself.
    assertThat(read("]".repeat(1_000_000) + "a".repeat(999_999)).kind()).isEqualTo("a list");
    assertThat(read("]q\0h\0a").kind()).isEqualTo("a list");
    // A dictionary under a key that holds the dictionary.
    assertThat(read("}q\0h\0\u0085Ns")).isInstanceOf(Dict.class);
    assertFails("N0".repeat(PickleMachine.MAX_STEPS / 2), "instructions");
    assertFails("(".repeat(100_000), "values are taken");
  }

  @Test
  void aNameFromTheFileCannotFillTheMessage() {
    assertThatThrownBy(() -> read("c" + "x".repeat(10_000) + "\u001b[2J\ny\n"))
        .isInstanceOf(CheckpointException.class)
        .satisfies(e -> assertThat(e.getMessage().toLowerCase(Locale.ROOT)).hasSizeLessThan(500));
  }
}
