package io.robusttrain;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.source.tree.ClassTree;
import com.sun.source.tree.CompilationUnitTree;
import com.sun.source.tree.LineMap;
import com.sun.source.tree.MethodTree;
import com.sun.source.tree.Tree;
import com.sun.source.util.JavacTask;
import com.sun.source.util.SourcePositions;
import com.sun.source.util.TreePathScanner;
import com.sun.source.util.Trees;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import javax.tools.JavaCompiler;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;

/** A method fits a screen, and a constructor takes what a reader can hold in mind. */
class MethodSizeTest {
  private static final Path SOURCES = Path.of("src", "main", "java");
  private static final int MOST_LINES = 45;
  private static final int MOST_PARAMETERS = 7;

  @Test
  void noMethodIsLongerThanAScreenAndNoConstructorTakesMoreThanSevenParameters()
      throws IOException {
    assertThat(tooLarge()).isEmpty();
  }

  private static List<String> tooLarge() throws IOException {
    JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
    List<String> found = new ArrayList<>();
    try (StandardJavaFileManager files = compiler.getStandardFileManager(null, null, null);
        Stream<Path> sources = Files.walk(SOURCES)) {
      List<Path> java = sources.filter(file -> file.toString().endsWith(".java")).toList();
      JavacTask task =
          (JavacTask)
              compiler.getTask(
                  null, files, null, null, null, files.getJavaFileObjectsFromPaths(java));
      SourcePositions positions = Trees.instance(task).getSourcePositions();
      for (CompilationUnitTree unit : task.parse()) {
        new Methods(unit, positions, found).scan(unit, null);
      }
    }
    return found;
  }

  private static final class Methods extends TreePathScanner<Void, Void> {
    private final CompilationUnitTree unit;
    private final SourcePositions positions;
    private final List<String> found;

    Methods(CompilationUnitTree unit, SourcePositions positions, List<String> found) {
      this.unit = unit;
      this.positions = positions;
      this.found = found;
    }

    @Override
    public Void visitMethod(MethodTree method, Void nothing) {
      LineMap lines = unit.getLineMap();
      long first = lines.getLineNumber(positions.getStartPosition(unit, method));
      long length = lines.getLineNumber(positions.getEndPosition(unit, method)) - first + 1;
      String place = unit.getSourceFile().getName() + ":" + first + " " + method.getName();
      if (length > MOST_LINES) {
        found.add(place + " has " + length + " lines");
      }
      if (isConstructor(method) && method.getParameters().size() > MOST_PARAMETERS) {
        found.add(place + " takes " + method.getParameters().size() + " parameters");
      }
      return super.visitMethod(method, null);
    }

    /** A record's canonical constructor takes what its components are. */
    private boolean isConstructor(MethodTree method) {
      return method.getReturnType() == null
          && method.getName().contentEquals("<init>")
          && getCurrentPath().getParentPath().getLeaf() instanceof ClassTree owner
          && owner.getKind() != Tree.Kind.RECORD;
    }
  }
}
