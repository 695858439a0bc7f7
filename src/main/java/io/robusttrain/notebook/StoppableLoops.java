package io.robusttrain.notebook;

import java.util.Arrays;
import java.util.HashSet;
import java.util.Set;
import org.apache.xbean.asm9.ClassReader;
import org.apache.xbean.asm9.ClassVisitor;
import org.apache.xbean.asm9.ClassWriter;
import org.apache.xbean.asm9.Label;
import org.apache.xbean.asm9.MethodVisitor;
import org.apache.xbean.asm9.Opcodes;

/**
 * Makes every loop of a class ask {@link Interruption#check()} before each jump back, so that one
 * that waits for nothing can be interrupted, too: Java has no other way to end a thread.
 */
final class StoppableLoops {
  private static final String INTERRUPTION = "io/robusttrain/notebook/Interruption";

  /** The version of class files that Java 17 writes, in the two bytes where they say it. */
  private static final byte[] JAVA_17 = {0, 61};

  private static final int VERSION = 6;

  private StoppableLoops() {}

  /**
   * The class with stoppable loops.
   *
   * @param bytes of a class file that JShell's compiler made; not changed
   */
  static byte[] in(byte[] bytes) {
    byte[] readable = bytes.clone();
    // ASM refuses versions that it does not know; what newer compilers make of cells has nothing
    // new.
    System.arraycopy(JAVA_17, 0, readable, VERSION, JAVA_17.length);
    ClassReader reader = new ClassReader(readable);
    ClassWriter writer = new ClassWriter(reader, 0);
    reader.accept(new Loops(writer), 0);
    byte[] stoppable = writer.toByteArray();
    System.arraycopy(Arrays.copyOfRange(bytes, VERSION, VERSION + 2), 0, stoppable, VERSION, 2);
    return stoppable;
  }

  private static final class Loops extends ClassVisitor {
    Loops(ClassVisitor next) {
      super(Opcodes.ASM9, next);
    }

    @Override
    public MethodVisitor visitMethod(
        int access, String name, String descriptor, String signature, String[] exceptions) {
      return new Jumps(super.visitMethod(access, name, descriptor, signature, exceptions));
    }
  }

  private static final class Jumps extends MethodVisitor {
    private final Set<Label> passed = new HashSet<>();

    Jumps(MethodVisitor next) {
      super(Opcodes.ASM9, next);
    }

    @Override
    public void visitLabel(Label label) {
      passed.add(label);
      super.visitLabel(label);
    }

    @Override
    public void visitJumpInsn(int opcode, Label label) {
      if (passed.contains(label)) {
        visitMethodInsn(Opcodes.INVOKESTATIC, INTERRUPTION, "check", "()V", false);
      }
      super.visitJumpInsn(opcode, label);
    }
  }
}
