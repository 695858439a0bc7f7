package io.robusttrain.checkpoint.pytorch;

import io.robusttrain.checkpoint.pytorch.PickleValue.Constant;
import io.robusttrain.checkpoint.pytorch.PickleValue.Dict;
import io.robusttrain.checkpoint.pytorch.PickleValue.Int;
import io.robusttrain.checkpoint.pytorch.PickleValue.Opaque;
import io.robusttrain.checkpoint.pytorch.PickleValue.Sequence;
import io.robusttrain.checkpoint.pytorch.PickleValue.Text;
import io.robusttrain.checkpoint.pytorch.PickleValue.Tuple;
import io.robusttrain.checkpoint.tensors.CheckpointException;
import java.util.List;

/**
 * Follows the instructions of a pickle, protocols 2 to 5, as far as {@code torch.save} and NumPy
 * use them. It runs nothing: a name is looked up in a closed list and a call of it makes one of our
 * own {@linkplain PickleValue values}. It does not recurse, and its work and memory are bounded by
 * the length of the pickle, {@value #MAX_BYTES} bytes and {@value #MAX_STEPS} instructions.
 *
 * <p>Source: the instruction set as CPython's {@code pickletools} documents it.
 */
final class PickleMachine {
  /** The pickle of a training checkpoint with 10 thousand tensors has 2 MB. */
  static final int MAX_BYTES = 64 << 20;

  /** An instruction makes one value of about 100 bytes at most. */
  static final int MAX_STEPS = 4_000_000;

  private final PickleInput in;
  private final PickleStack stack;
  private final PickleCalls calls;
  private final Refusals refusals;

  private PickleMachine(byte[] pickle, Refusals refusals) {
    this.refusals = refusals;
    in = new PickleInput(pickle, refusals);
    stack = new PickleStack(this::damaged);
    calls = new PickleCalls(this::damaged, refusals);
  }

  /**
   * The value that a pickle describes.
   *
   * @throws CheckpointException if it is damaged, asks for anything outside the list, or is longer
   *     than a checkpoint's
   */
  static PickleValue read(byte[] pickle, Refusals refusals) {
    return new PickleMachine(pickle, refusals).run();
  }

  private PickleValue run() {
    if (in.unsignedByte() != 0x80) {
      throw damaged("it does not begin with its protocol");
    }
    int protocol = in.unsignedByte();
    if (protocol < 2 || protocol > 5) {
      throw damaged("its protocol is %d, expected 2 to 5".formatted(protocol));
    }
    for (int steps = 0; steps < MAX_STEPS; steps++) {
      int code = in.unsignedByte();
      if (code == '.') {
        PickleValue result = stack.pop();
        if (!stack.isEmpty() || !in.atEnd()) {
          throw damaged("something is left over at its end");
        }
        return result;
      }
      step(code);
    }
    throw refusals.notOnlyWeights("has a pickle of more than %d instructions".formatted(MAX_STEPS));
  }

  private void step(int code) {
    if (!constant(code) && !container(code) && !call(code) && !bookkeeping(code)) {
      throw unknown(code);
    }
  }

  /** Numbers, texts and bytes that the instruction itself holds; false for other instructions. */
  private boolean constant(int code) {
    switch (code) {
      case 'N' -> stack.push(new Constant("None"));
      case 0x88, 0x89 -> stack.push(new Constant("a boolean"));
      case 'J' -> stack.push(new Int(in.signedInt()));
      case 'K' -> stack.push(new Int(in.unsignedByte()));
      case 'M' -> stack.push(new Int(in.unsignedShort()));
      case 0x8a -> integer(in.unsignedByte());
      case 0x8b -> integer(in.unsignedInt());
      case 'G' -> skip(8, "a number");
      case 'X' -> stack.push(new Text(in.utf8(in.unsignedInt())));
      case 0x8c -> stack.push(new Text(in.utf8(in.unsignedByte())));
      case 0x8d -> stack.push(new Text(in.utf8(in.length())));
      case 'B' -> skip(in.unsignedInt(), "bytes");
      case 'C' -> skip(in.unsignedByte(), "bytes");
      case 0x8e, 0x96 -> skip(in.length(), "bytes");
      default -> {
        return false;
      }
    }
    return true;
  }

  /** Tuples, lists, sets and dictionaries, and what is put into them. */
  private boolean container(int code) {
    switch (code) {
      case ']' -> stack.push(new Sequence());
      case '}' -> stack.push(new Dict());
      case 0x8f -> stack.push(new Opaque("a set"));
      case ')' -> stack.push(new Tuple(List.of()));
      case 0x85 -> stack.push(new Tuple(stack.pop(1)));
      case 0x86 -> stack.push(new Tuple(stack.pop(2)));
      case 0x87 -> stack.push(new Tuple(stack.pop(3)));
      case 't' -> stack.push(new Tuple(stack.popToMark()));
      case 'a' -> grow(stack.pop(1), Sequence.class, "a list");
      case 'e' -> grow(stack.popToMark(), Sequence.class, "a list");
      case 0x90 -> grow(stack.popToMark(), Opaque.class, "a set");
      case 0x91 -> {
        stack.popToMark();
        stack.push(new Opaque("a frozen set"));
      }
      case 's' -> fill(stack.pop(2));
      case 'u' -> fill(stack.popToMark());
      default -> {
        return false;
      }
    }
    return true;
  }

  /** Names, calls of names, and the storages of tensors. */
  private boolean call(int code) {
    switch (code) {
      case 'c' -> stack.push(calls.global(in.line(), in.line()));
      case 0x93 -> {
        List<PickleValue> names = stack.pop(2);
        stack.push(calls.global(text(names.get(0)), text(names.get(1))));
      }
      case 'R', 0x81 -> {
        List<PickleValue> call = stack.pop(2);
        stack.push(calls.call(call.get(0), call.get(1)));
      }
      case 0x92 -> {
        List<PickleValue> call = stack.pop(3);
        stack.push(calls.callWithKeywords(call.get(0), call.get(1), call.get(2)));
      }
      case 'b' -> {
        PickleValue state = stack.pop();
        calls.build(stack.top(), state);
      }
      case 'Q' -> stack.push(calls.storage(stack.pop()));
      default -> {
        return false;
      }
    }
    return true;
  }

  /** Marks, the memory of values by number, and frames. */
  private boolean bookkeeping(int code) {
    switch (code) {
      case '(' -> stack.mark();
      case '0' -> stack.pop();
      case '1' -> stack.popToMark();
      case '2' -> stack.push(stack.top());
      case 'h' -> stack.recall(in.unsignedByte());
      case 'j' -> stack.recall(in.unsignedInt());
      case 'q' -> stack.remember(in.unsignedByte());
      case 'r' -> stack.remember(in.unsignedInt());
      case 0x94 -> stack.remember();
      // A frame says how many bytes follow together: nothing to a reader that has them all.
      case 0x95 -> in.require(in.length());
      default -> {
        return false;
      }
    }
    return true;
  }

  private CheckpointException unknown(int code) {
    String name =
        switch (code) {
          case 'i' -> "INST";
          case 'o' -> "OBJ";
          case 'P' -> "PERSID";
          case 0x82, 0x83, 0x84 -> "EXT";
          case 0x97 -> "NEXT_BUFFER";
          case 0x98 -> "READONLY_BUFFER";
          default ->
              throw damaged("0x%02x is no instruction that torch.save writes".formatted(code));
        };
    return refusals.notOnlyWeights(
        "has a pickle with the instruction %s (at byte %d)".formatted(name, in.position() - 1));
  }

  private void integer(long length) {
    if (length > 8) {
      skip(length, "a long integer");
    } else {
      stack.push(new Int(in.integer((int) length)));
    }
  }

  private void skip(long length, String kind) {
    in.skip(length);
    stack.push(new Opaque(kind));
  }

  private void grow(List<PickleValue> items, Class<? extends PickleValue> wanted, String kind) {
    if (!wanted.isInstance(stack.top())) {
      throw damaged(
          "%d items are added to %s, expected %s"
              .formatted(items.size(), stack.top().kind(), kind));
    }
  }

  private void fill(List<PickleValue> pairs) {
    if (!(stack.top() instanceof Dict dict) || pairs.size() % 2 != 0) {
      throw damaged(
          "%d keys and values are put into %s".formatted(pairs.size(), stack.top().kind()));
    }
    for (int i = 0; i < pairs.size(); i += 2) {
      dict.put(pairs.get(i), pairs.get(i + 1));
    }
  }

  private String text(PickleValue value) {
    if (value instanceof Text text) {
      return text.value();
    }
    throw damaged("a name is " + value.kind());
  }

  private CheckpointException damaged(String what) {
    return refusals.damaged("its pickle before byte %d: %s".formatted(in.position(), what));
  }
}
