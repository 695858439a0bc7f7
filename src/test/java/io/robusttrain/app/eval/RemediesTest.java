package io.robusttrain.app.eval;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.source.tree.CompilationUnitTree;
import com.sun.source.tree.LiteralTree;
import com.sun.source.tree.VariableTree;
import com.sun.source.util.JavacTask;
import com.sun.source.util.TreeScanner;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import javax.tools.JavaCompiler;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;

/** Every text of the rooms that {@code RobustEval} speaks from: it names only what there is. */
class RemediesTest {
  private static final Path SOURCES = Path.of("src", "main", "java", "io", "robusttrain");
  private static final Set<String> KEYS = Set.of("CONFIGURATION", "RECIPE_KEY");
  private static final List<String> ROOMS =
      List.of("app/eval", "evaluate", "pretrained", "checkpoint/pytorch", "checkpoint/tensors");

  @Test
  void textsNameOnlyOptionsThatTheCommandHas() throws IOException {
    List<String> wrong = new ArrayList<>();
    for (Text text : texts()) {
      Remedies.impossible(text.words()).forEach(word -> wrong.add(text.place() + ": " + word));
    }
    assertThat(wrong).isEmpty();
  }

  @Test
  void otherWordsAreFound() {
    assertThat(Remedies.impossible("set model.initial.head = replace, or say --head or --arch"))
        .containsExactly("--head", "model.initial.head");
    assertThat(Remedies.impossible("with --normalize=none; --arg head=x; model.pt is there"))
        .isEmpty();
    assertThat(Remedies.impossible("set model.args.head")).containsExactly("model.args.head");
    assertThat(Remedies.impossible("the key is model.normalize."))
        .containsExactly("model.normalize");
  }

  private record Text(String place, String words) {}

  private static List<Text> texts() throws IOException {
    JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
    List<Text> texts = new ArrayList<>();
    try (StandardJavaFileManager files = compiler.getStandardFileManager(null, null, null)) {
      JavacTask task =
          (JavacTask)
              compiler.getTask(
                  null, files, null, null, null, files.getJavaFileObjectsFromPaths(sources()));
      for (CompilationUnitTree unit : task.parse()) {
        new Literals(Path.of(unit.getSourceFile().getName()).getFileName().toString(), texts)
            .scan(unit, null);
      }
    }
    assertThat(texts).hasSizeGreaterThan(300);
    return texts;
  }

  private static List<Path> sources() throws IOException {
    List<Path> sources = new ArrayList<>();
    for (String room : ROOMS) {
      try (Stream<Path> files = Files.walk(SOURCES.resolve(room))) {
        files.filter(file -> file.toString().endsWith(".java")).forEach(sources::add);
      }
    }
    return sources;
  }

  private static final class Literals extends TreeScanner<Void, Void> {
    private final String file;
    private final List<Text> texts;

    Literals(String file, List<Text> texts) {
      this.file = file;
      this.texts = texts;
    }

    /** Keys stand in two places: for messages of a run, and for recipes, which have them. */
    @Override
    public Void visitVariable(VariableTree variable, Void nothing) {
      return KEYS.contains(variable.getName().toString())
          ? null
          : super.visitVariable(variable, null);
    }

    @Override
    public Void visitLiteral(LiteralTree literal, Void nothing) {
      if (literal.getValue() instanceof String words) {
        texts.add(new Text(file, words));
      }
      return null;
    }
  }
}
